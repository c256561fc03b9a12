package dev.tokamak.engine;

import dev.tokamak.models.ErrorCategory;
import java.util.Optional;

/// A request that cannot be served or an engine that cannot go on; the message names the value and the limit.
public final class EngineException extends RuntimeException {

    /// What went wrong.
    public enum Code {
        INVALID_PARAMETER(ErrorCategory.USER),
        NOT_ENOUGH_MEMORY(ErrorCategory.RESOURCES),
        CLOSED(ErrorCategory.OVERLOADED),
        INTERNAL(ErrorCategory.INTERNAL);

        private final ErrorCategory category;

        Code(ErrorCategory category) {
            this.category = category;
        }
    }

    private final Code code;
    private final Optional<String> parameter;

    public EngineException(Code code, String message) {
        super(message);
        this.code = code;
        this.parameter = Optional.empty();
    }

    public EngineException(Code code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
        this.parameter = Optional.empty();
    }

    private EngineException(Code code, String parameter, String message) {
        super(message);
        this.code = code;
        this.parameter = Optional.of(parameter);
    }

    /// A request parameter, named as clients name it, has an impossible value.
    public static EngineException invalid(String parameter, String message) {
        return new EngineException(Code.INVALID_PARAMETER, parameter, message);
    }

    public Code code() {
        return code;
    }

    public ErrorCategory category() {
        return code.category;
    }

    /// The request parameter at fault, as clients name it.
    public Optional<String> parameter() {
        return parameter;
    }
}
