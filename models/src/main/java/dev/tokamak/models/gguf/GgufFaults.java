package dev.tokamak.models.gguf;

import dev.tokamak.models.ModelException;
import java.nio.file.Path;

/// Makes the errors of one file, which all begin with its name. Immutable.
record GgufFaults(Path file) {

    ModelException corrupt(String what) {
        return new ModelException(ModelException.Code.CORRUPT_FILE, file + ": " + what);
    }

    ModelException unsupported(String what) {
        return new ModelException(ModelException.Code.UNSUPPORTED, file + ": " + what);
    }
}
