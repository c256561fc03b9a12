package dev.tokamak.models.gguf;

import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.models.ModelException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/// Makes the errors of one file, which all begin with its name. Immutable.
record GgufFaults(Path file) {

    ModelException corrupt(String what) {
        return new ModelException(ModelException.Code.CORRUPT_FILE, file + ": " + what);
    }

    ModelException unsupported(String what) {
        return new ModelException(ModelException.Code.UNSUPPORTED, file + ": " + what);
    }

    ModelException unsupportedType(String tensor, GgmlType type) {
        String supported =
                Arrays.stream(TensorType.values())
                        .map(TensorType::name)
                        .collect(Collectors.joining(", "));
        return unsupported(
                "tensor '%s' has type %s, which is not supported; supported: %s"
                        .formatted(tensor, type, supported));
    }
}
