package dev.tokamak.models;

/// A model that cannot be opened, fetched or used; the message names the value found and what was expected.
public final class ModelException extends RuntimeException {

    /// What went wrong.
    public enum Code {
        NOT_FOUND(ErrorCategory.USER),
        /// Several things are meant by one name; the message lists them on lines of their own.
        AMBIGUOUS(ErrorCategory.USER),
        NOT_A_FILE(ErrorCategory.USER),
        CORRUPT_FILE(ErrorCategory.USER),
        UNSUPPORTED(ErrorCategory.USER),
        TEMPLATE(ErrorCategory.USER),
        DOWNLOAD(ErrorCategory.RESOURCES),
        CHECKSUM(ErrorCategory.RESOURCES),
        ALREADY_EXISTS(ErrorCategory.USER),
        DISK_FULL(ErrorCategory.RESOURCES),
        NOT_WRITTEN(ErrorCategory.RESOURCES),
        OUT_OF_MEMORY(ErrorCategory.RESOURCES),
        INTERNAL(ErrorCategory.INTERNAL);

        private final ErrorCategory category;

        Code(ErrorCategory category) {
            this.category = category;
        }
    }

    private final Code code;

    public ModelException(Code code, String message) {
        super(message);
        this.code = code;
    }

    public ModelException(Code code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public Code code() {
        return code;
    }

    public ErrorCategory category() {
        return code.category;
    }
}
