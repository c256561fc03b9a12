package dev.tokamak.engine;

import static dev.tokamak.engine.FakeEngine.request;
import static dev.tokamak.engine.FakeEngine.run;
import static dev.tokamak.engine.FakeEngine.sampling;
import static dev.tokamak.engine.FakeEngine.submit;
import static dev.tokamak.engine.FakeEngine.tokens;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What a request gets does not depend on its neighbours, on chunks, or on whether it lost its pages in between.
@Timeout(60)
final class EngineInvarianceTest {

    private static final FakeModel.Shape SHAPE = FakeModel.Shape.DEFAULT;

    private static final SamplingParams FILTERED =
            new SamplingParams(
                    0.8f,
                    40,
                    0.95f,
                    0.01f,
                    new SamplingParams.Penalties(1.1f, 0.2f, 0.1f),
                    7,
                    Map.of(65, 2f, 66, -3f));

    private static List<GenerationRequest> requests() {
        List<GenerationRequest> requests = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            requests.add(
                    new GenerationRequest(
                            tokens("prompt number " + i + " ".repeat(5 * i)),
                            i % 3 == 0 ? SamplingParams.greedy() : FILTERED,
                            new GenerationRequest.StopConditions(
                                    20 + i, List.of("zq"), List.of(), true),
                            new GenerationRequest.Scores(i % 2 == 0, i % 4 == 0, i),
                            1 + i % 3));
        }
        return requests;
    }

    private static List<List<Object>> alone() {
        List<List<Object>> results = new ArrayList<>();
        for (GenerationRequest request : requests()) {
            try (Engine engine = FakeEngine.start(FakeModel.random(SHAPE))) {
                results.add(essence(request, run(engine, request)));
            }
        }
        return results;
    }

    private static List<Object> essence(GenerationRequest request, Transcript transcript) {
        List<Object> essence = new ArrayList<>();
        assertThat(transcript.failure()).isEmpty();
        essence.add(transcript.promptProcessed());
        essence.add(transcript.usage());
        for (int choice = 0; choice < request.choices(); choice++) {
            essence.add(transcript.deltas(choice));
            essence.add(transcript.reason(choice));
        }
        return essence;
    }

    private static EngineStatus together(FakeModel model, EngineOptions options) {
        model.hold();
        try (Engine engine = FakeEngine.start(model, options)) {
            List<GenerationRequest> requests = requests();
            List<Generation> generations =
                    requests.stream().map(request -> submit(engine, request)).toList();
            model.releaseAll();
            List<List<Object>> results = new ArrayList<>();
            for (int i = 0; i < requests.size(); i++) {
                results.add(essence(requests.get(i), Transcript.of(generations.get(i))));
            }
            assertThat(results).isEqualTo(alone());
            assertThat(engine.status().pagesUsed()).isZero();
            assertThat(engine.status().running()).isZero();
            return engine.status();
        }
    }

    private static EngineOptions options(int maxConcurrent, int maxBatchTokens) {
        return new EngineOptions(
                512, maxConcurrent, 64, maxBatchTokens, 4096, Duration.ofSeconds(30));
    }

    @Test
    void generate_whenBatchedWithOthers_givesTheSameEvents() {
        together(FakeModel.random(SHAPE), options(16, 64));
    }

    @Test
    void generate_whenPrefillIsChunked_givesTheSameEvents() {
        for (int budget : new int[] {1, 7, 16}) {
            together(FakeModel.random(SHAPE), options(4, budget));
        }
    }

    @Test
    void generate_whenLogitRowsAreFew_givesTheSameEvents() {
        together(FakeModel.random(SHAPE.withBatch(64, 2)), options(16, 64));
    }

    @Test
    void generate_whenPreempted_givesTheSameEvents() {
        EngineStatus status = together(FakeModel.random(SHAPE.withPages(32)), options(16, 64));
        assertThat(status.totals().preemptions()).isPositive();
    }

    @Test
    void generate_whenPreemptedWhileScoringThePrompt_scoresEachTokenOnce() {
        GenerationRequest scored =
                new GenerationRequest(
                        tokens("the prompt"),
                        SamplingParams.greedy(),
                        new GenerationRequest.StopConditions(0, List.of(), List.of(), false),
                        new GenerationRequest.Scores(false, true, 2),
                        1);
        try (Engine engine = FakeEngine.start(FakeModel.random(SHAPE.withBatch(64, 3)))) {
            Transcript transcript = run(engine, scored);
            List<TokenScore> scores = transcript.promptProcessed().scores();
            assertThat(scores).extracting(TokenScore::token).isEqualTo(tokens("the prompt"));
            assertThat(scores.getFirst().logProbability()).isNaN();
            assertThat(scores.subList(1, scores.size()))
                    .allSatisfy(
                            score -> {
                                assertThat(score.logProbability()).isNegative();
                                assertThat(score.alternatives()).hasSize(2);
                            });
            assertThat(transcript.usage()).isEqualTo(new Usage(10, 0, 0));
            assertThat(transcript.events()).hasSize(3);
        }
    }

    @Test
    void generate_whenChoicesShareThePrompt_prefillsItOnce() {
        FakeModel model = FakeModel.random(SHAPE);
        try (Engine engine = FakeEngine.start(model)) {
            Transcript transcript = run(engine, request("0123456789", sampling(3), 2, 3));
            assertThat(model.batches()).first().isEqualTo("0+10");
            assertThat(model.batches().get(1)).startsWith("10+1");
            assertThat(transcript.usage().promptTokens()).isEqualTo(10);
        }
    }
}
