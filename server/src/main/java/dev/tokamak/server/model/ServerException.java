package dev.tokamak.server.model;

import dev.tokamak.models.ErrorCategory;
import java.util.Optional;

/// A request that the service refuses or a service that cannot start; the message names the value and the limit.
public final class ServerException extends RuntimeException {

    /// What went wrong.
    public enum Code {
        INVALID_REQUEST(ErrorCategory.USER),
        NOT_SUPPORTED(ErrorCategory.USER),
        CONTEXT_LENGTH(ErrorCategory.USER),
        MODEL_NOT_FOUND(ErrorCategory.USER),
        UNKNOWN_ROUTE(ErrorCategory.USER),
        METHOD_NOT_ALLOWED(ErrorCategory.USER),
        UNAUTHORIZED(ErrorCategory.USER),
        BODY_TOO_LARGE(ErrorCategory.USER),
        QUEUE_FULL(ErrorCategory.OVERLOADED),
        LOADING(ErrorCategory.OVERLOADED),
        STOPPING(ErrorCategory.OVERLOADED),
        CANCELLED(ErrorCategory.OVERLOADED),
        ADDRESS_IN_USE(ErrorCategory.RESOURCES),
        CANNOT_LISTEN(ErrorCategory.RESOURCES),
        INTERNAL(ErrorCategory.INTERNAL);

        private final ErrorCategory category;

        Code(ErrorCategory category) {
            this.category = category;
        }
    }

    private final Code code;
    private final Optional<String> parameter;

    public ServerException(Code code, String message) {
        this(code, Optional.empty(), message);
    }

    public ServerException(Code code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
        this.parameter = Optional.empty();
    }

    private ServerException(Code code, Optional<String> parameter, String message) {
        super(message);
        this.code = code;
        this.parameter = parameter;
    }

    /// A field of the request, named by its path, has an impossible value.
    public static ServerException invalid(String parameter, String message) {
        return new ServerException(Code.INVALID_REQUEST, Optional.of(parameter), message);
    }

    /// A field of the request, named by its path, asks for what this release does not do.
    public static ServerException notSupported(String parameter, String message) {
        return new ServerException(Code.NOT_SUPPORTED, Optional.of(parameter), message);
    }

    /// A refusal that concerns one field of the request.
    public static ServerException of(Code code, String parameter, String message) {
        return new ServerException(code, Optional.of(parameter), message);
    }

    public Code code() {
        return code;
    }

    public ErrorCategory category() {
        return code.category;
    }

    /// The path of the field at fault.
    public Optional<String> parameter() {
        return parameter;
    }
}
