package dev.tokamak.models.architecture;

import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.models.gguf.GgufTensor;
import dev.tokamak.models.gguf.ModelFile;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The tensors of a file by name, each checked as it is taken, so that what nobody takes can be told. Confined to one
/// thread.
final class TensorDirectory {

    private final ModelFile file;
    private final Map<String, GgufTensor> tensors = new LinkedHashMap<>();
    private final Set<String> used = new HashSet<>();

    TensorDirectory(ModelFile file) {
        this.file = file;
        file.tensors().forEach(tensor -> tensors.put(tensor.name(), tensor));
    }

    boolean contains(String name) {
        return tensors.containsKey(name);
    }

    /// The number of rows of a matrix, before its shape is known to be right.
    long rows(String name) {
        GgufTensor tensor = require(name);
        if (tensor.dimensions().size() != 2) {
            throw file.corrupt(
                    "tensor '%s' has shape %s, expected a matrix".formatted(name, tensor.shape()));
        }
        return tensor.dimensions().get(1);
    }

    MatrixTensor matrix(String name, int rows, int columns) {
        GgufTensor tensor = require(name);
        requireShape(tensor, List.of((long) columns, (long) rows));
        return new MatrixTensor(tensor, file.requireComputable(tensor), rows, columns);
    }

    /// A vector of floats.
    VectorTensor vector(String name, int length) {
        GgufTensor tensor = require(name);
        requireShape(tensor, List.of((long) length));
        TensorType type = file.requireComputable(tensor);
        if (!type.isFloat()) {
            throw file.unsupported(
                    "tensor '%s' has type %s; vectors must be F32, F16 or BF16"
                            .formatted(name, type));
        }
        return new VectorTensor(tensor, type, length);
    }

    Optional<VectorTensor> optionalVector(String name, int length) {
        return contains(name) ? Optional.of(vector(name, length)) : Optional.empty();
    }

    /// Refuses a file with tensors that the family did not take: results without them would be wrong.
    void requireAllUsed(String architecture) {
        for (String name : tensors.keySet()) {
            if (!used.contains(name)) {
                throw file.unsupported(
                        "tensor '%s' is not part of the architecture '%s' as supported here, and without it results would be wrong"
                                .formatted(name, architecture));
            }
        }
    }

    private GgufTensor require(String name) {
        GgufTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw file.corrupt("tensor '" + name + "' is missing");
        }
        used.add(name);
        return tensor;
    }

    private void requireShape(GgufTensor tensor, List<Long> expected) {
        if (!tensor.dimensions().equals(expected)) {
            throw file.corrupt(
                    "tensor '%s' has shape %s, expected %s"
                            .formatted(tensor.name(), tensor.shape(), expected));
        }
    }
}
