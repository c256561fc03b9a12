package dev.tokamak.models.huggingface;

import dev.tokamak.models.ModelException;
import java.nio.file.Path;

/// Makes the errors of one file or folder, which all begin with its name. Immutable.
record Faults(Path path) {

    private static final int SHOWN_CHARACTERS = 100;

    ModelException corrupt(String what) {
        return new ModelException(ModelException.Code.CORRUPT_FILE, path + ": " + what);
    }

    ModelException corrupt(String what, Exception cause) {
        return new ModelException(ModelException.Code.CORRUPT_FILE, path + ": " + what, cause);
    }

    ModelException unsupported(String what) {
        return new ModelException(ModelException.Code.UNSUPPORTED, path + ": " + what);
    }

    ModelException missing(String what) {
        return new ModelException(ModelException.Code.NOT_FOUND, path + ": " + what);
    }

    ModelException unreadable(Exception cause) {
        return new ModelException(
                ModelException.Code.NOT_A_FILE, path + ": cannot be read: " + cause, cause);
    }

    /// A value of the file, short enough for a message.
    static String shown(Object value) {
        String text = String.valueOf(value);
        return text.length() <= SHOWN_CHARACTERS
                ? text
                : text.substring(0, SHOWN_CHARACTERS) + "...";
    }
}
