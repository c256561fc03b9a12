package dev.tokamak.server.openai;

import dev.tokamak.engine.GenerationRequest.StopConditions;
import dev.tokamak.server.model.ServerException;
import dev.tokamak.server.openai.wire.SamplingFields.StopFields;
import dev.tokamak.server.openai.wire.Warning;
import java.util.List;

/// Fits the answer's length into what the prompt leaves of the context.
final class ContextRoom {

    private ContextRoom() {}

    /// The stop conditions of a request; adds a warning when its limit does not fit.
    ///
    /// @param promptField where the prompt stands in the request
    /// @throws ServerException when the prompt leaves no room, naming both numbers
    static StopConditions stopConditions(
            String promptField,
            StopFields stop,
            int promptTokens,
            int contextTokens,
            List<Warning> warnings) {
        int room = contextTokens - promptTokens;
        Integer wanted = stop.maxTokens();
        boolean onlyScores = wanted != null && wanted == 0;
        if (room < 0 || (room == 0 && !onlyScores)) {
            throw ServerException.of(
                    ServerException.Code.CONTEXT_LENGTH,
                    promptField,
                    "the prompt has "
                            + promptTokens
                            + " tokens, but the context holds "
                            + contextTokens
                            + " tokens, prompt and answer together");
        }
        int maxTokens = wanted == null ? room : wanted;
        if (maxTokens > room) {
            warnings.add(
                    new Warning(
                            "max_tokens",
                            "lowered from "
                                    + maxTokens
                                    + " to "
                                    + room
                                    + ": the prompt has "
                                    + promptTokens
                                    + " tokens and the context holds "
                                    + contextTokens));
            maxTokens = room;
        }
        return new StopConditions(
                maxTokens, stop.strings(), stop.tokens(), stop.ignoreEndOfSequence());
    }
}
