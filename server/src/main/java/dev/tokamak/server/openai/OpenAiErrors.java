package dev.tokamak.server.openai;

import dev.tokamak.engine.EngineException;
import dev.tokamak.models.ErrorCategory;
import dev.tokamak.models.ModelException;
import dev.tokamak.server.http.Failures;
import dev.tokamak.server.http.Reply;
import dev.tokamak.server.model.ServerException;
import dev.tokamak.server.openai.wire.ErrorBody;
import dev.tokamak.server.openai.wire.JsonText;
import java.lang.System.Logger;
import java.util.Map;
import java.util.Optional;

/// Maps what went wrong to an HTTP status and an OpenAI error body; nothing else does. Thread-safe.
public final class OpenAiErrors implements Failures {

    private static final Logger LOGGER = System.getLogger(OpenAiErrors.class.getName());
    private static final String INVALID_REQUEST = "invalid_request_error";
    private static final String RETRY_AFTER = "Retry-After";

    @Override
    public Reply reply(RuntimeException failure) {
        Answer answer = answer(failure);
        byte[] body = JsonText.write(answer.body().json());
        return new Reply(answer.status(), Reply.JSON, body, answer.headers());
    }

    /// The error as the event of a stream whose status has been sent.
    byte[] event(RuntimeException failure) {
        return JsonText.write(answer(failure).body().json());
    }

    private record Answer(int status, ErrorBody body, Map<String, String> headers) {}

    private static Answer answer(RuntimeException failure) {
        return switch (failure) {
            case ServerException e -> answer(e);
            case EngineException e -> ofCategory(e.category(), message(e), e.parameter(), e);
            case ModelException e -> ofCategory(e.category(), message(e), Optional.empty(), e);
            default ->
                    ofCategory(ErrorCategory.INTERNAL, "internal error", Optional.empty(), failure);
        };
    }

    private static Answer answer(ServerException e) {
        return switch (e.code()) {
            case INVALID_REQUEST -> user(400, e, "invalid_value");
            case NOT_SUPPORTED -> user(400, e, "unsupported_value");
            case CONTEXT_LENGTH -> user(400, e, "context_length_exceeded");
            case MODEL_NOT_FOUND -> user(404, e, "model_not_found");
            case UNKNOWN_ROUTE -> user(404, e, "unknown_url");
            case METHOD_NOT_ALLOWED -> user(405, e, "method_not_allowed");
            case BODY_TOO_LARGE -> user(413, e, "request_too_large");
            case UNAUTHORIZED ->
                    new Answer(
                            401,
                            new ErrorBody(
                                    message(e),
                                    "authentication_error",
                                    Optional.empty(),
                                    "invalid_api_key"),
                            Map.of());
            case QUEUE_FULL -> later(429, e, "rate_limit_error", "queue_full", "1");
            case LOADING -> later(503, e, "service_unavailable", "model_loading", "5");
            case STOPPING -> later(503, e, "service_unavailable", "stopping", "10");
            case CANCELLED -> later(503, e, "service_unavailable", "cancelled", "1");
            case ADDRESS_IN_USE, CANNOT_LISTEN, INTERNAL ->
                    ofCategory(e.category(), message(e), e.parameter(), e);
        };
    }

    private static Answer user(int status, ServerException e, String code) {
        return new Answer(
                status, new ErrorBody(message(e), INVALID_REQUEST, e.parameter(), code), Map.of());
    }

    private static Answer later(
            int status, ServerException e, String type, String code, String seconds) {
        return new Answer(
                status,
                new ErrorBody(message(e), type, e.parameter(), code),
                Map.of(RETRY_AFTER, seconds));
    }

    private static Answer ofCategory(
            ErrorCategory category,
            String message,
            Optional<String> parameter,
            RuntimeException failure) {
        return switch (category) {
            case USER ->
                    new Answer(
                            400,
                            new ErrorBody(message, INVALID_REQUEST, parameter, "invalid_value"),
                            Map.of());
            case OVERLOADED ->
                    new Answer(
                            503,
                            new ErrorBody(message, "service_unavailable", parameter, "overloaded"),
                            Map.of(RETRY_AFTER, "1"));
            case RESOURCES -> {
                LOGGER.log(Logger.Level.WARNING, "a request found too few resources", failure);
                yield new Answer(
                        503,
                        new ErrorBody(
                                message, "service_unavailable", parameter, "out_of_resources"),
                        Map.of(RETRY_AFTER, "5"));
            }
            case INTERNAL -> {
                LOGGER.log(Logger.Level.ERROR, "a request failed by a defect", failure);
                yield new Answer(
                        500,
                        new ErrorBody(message, "server_error", parameter, "internal_error"),
                        Map.of());
            }
        };
    }

    private static String message(RuntimeException e) {
        String message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }
}
