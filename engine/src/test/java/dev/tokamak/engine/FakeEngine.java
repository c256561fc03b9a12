package dev.tokamak.engine;

import dev.tokamak.kernels.softmax.Softmax;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Real engines over fake models, and requests for them.
public final class FakeEngine {

    public static final EngineOptions OPTIONS =
            new EngineOptions(512, 16, 64, 64, 64, Duration.ofSeconds(30));

    private FakeEngine() {}

    public static Engine start(FakeModel model) {
        return start(model, OPTIONS);
    }

    public static Engine start(FakeModel model, EngineOptions options) {
        return Engine.start(
                model, new FakeTokenizer(), Softmax.scalar(), options, new ManualClock());
    }

    public static List<Integer> tokens(String text) {
        List<Integer> tokens = new ArrayList<>();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            tokens.add(b & 0xFF);
        }
        return tokens;
    }

    /// One greedy choice of at most this many tokens.
    public static GenerationRequest request(String prompt, int maxTokens) {
        return request(prompt, SamplingParams.greedy(), maxTokens, 1);
    }

    public static GenerationRequest request(
            String prompt, SamplingParams sampling, int maxTokens, int choices) {
        return new GenerationRequest(
                tokens(prompt),
                sampling,
                new GenerationRequest.StopConditions(maxTokens, List.of(), List.of(), false),
                GenerationRequest.Scores.NONE,
                choices);
    }

    /// Temperature 1 without filters.
    public static SamplingParams sampling(long seed) {
        return new SamplingParams(1, 0, 1, 0, SamplingParams.Penalties.NONE, seed, Map.of());
    }

    public static Generation submit(Engine engine, GenerationRequest request) {
        return switch (engine.submit(request)) {
            case AdmissionOutcome.Admitted(Generation generation) -> generation;
            case AdmissionOutcome.Rejected(var reason, String message) ->
                    throw new AssertionError(reason + ": " + message);
        };
    }

    /// Submits a request and reads it to its end.
    public static Transcript run(Engine engine, GenerationRequest request) {
        return Transcript.of(submit(engine, request));
    }
}
