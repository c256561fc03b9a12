package dev.tokamak.server.openai;

import dev.tokamak.server.metric.ServerMetrics;
import dev.tokamak.server.model.ModelRegistry;
import dev.tokamak.server.model.ServedModel;
import dev.tokamak.server.model.ServerException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What all routes share. Thread-safe.
///
/// @param keepAlive how long a stream may be silent
public record Service(
        ModelRegistry models,
        ActiveRequests active,
        ServerMetrics metrics,
        OpenAiErrors errors,
        Duration keepAlive) {

    /// The model that a request asks for; without a name, the only one.
    ///
    /// @throws ServerException when there is none of this name, or it is still loading
    ServedModel requireModel(@Nullable String name) {
        if (active.isStopping()) {
            throw ActiveRequests.stopped();
        }
        List<ServedModel> served = models.models();
        if (name == null && served.size() == 1) {
            return served.getFirst();
        }
        if (served.isEmpty() || (name != null && models.isLoading(name))) {
            throw new ServerException(
                    ServerException.Code.LOADING, "the model is still loading; try again soon");
        }
        if (name == null) {
            throw ServerException.invalid(
                    "model", "missing required field: model; known models: " + names(served));
        }
        return models.find(name)
                .orElseThrow(
                        () ->
                                ServerException.of(
                                        ServerException.Code.MODEL_NOT_FOUND,
                                        "model",
                                        "the model \""
                                                + name
                                                + "\" does not exist; known models: "
                                                + names(served)));
    }

    private static String names(List<ServedModel> models) {
        return models.stream().map(ServedModel::name).collect(Collectors.joining(", "));
    }
}
