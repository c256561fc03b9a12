package dev.tokamak.engine;

import static dev.tokamak.engine.FakeEngine.request;
import static dev.tokamak.engine.FakeEngine.run;
import static dev.tokamak.engine.FakeEngine.sampling;
import static dev.tokamak.engine.FakeEngine.submit;
import static dev.tokamak.engine.FakeEngine.tokens;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class EngineTest {

    private static final FakeModel.Shape SHAPE = FakeModel.Shape.DEFAULT;

    private static GenerationRequest stopping(String prompt, int maxTokens, String... stops) {
        return new GenerationRequest(
                tokens(prompt),
                SamplingParams.greedy(),
                new GenerationRequest.StopConditions(maxTokens, List.of(stops), List.of(), false),
                GenerationRequest.Scores.NONE,
                1);
    }

    @Test
    void generate_whenModelEndsItsTurn_givesItsTextAndExactUsage() {
        try (Engine engine = FakeEngine.start(FakeModel.saying("Hello, Grüße 🙂!"))) {
            Transcript transcript = run(engine, request("Say it: ", 100));

            assertThat(transcript.text()).isEqualTo("Hello, Grüße 🙂!");
            assertThat(transcript.reason())
                    .isEqualTo(new FinishReason.EndOfSequence(FakeTokenizer.EOS));
            assertThat(transcript.usage()).isEqualTo(new Usage(8, 0, 21));
            assertThat(transcript.events().getFirst())
                    .isEqualTo(new GenerationEvent.PromptProcessed(8, 0, List.of()));
            assertThat(transcript.deltas(0))
                    .as("characters are never split, and each token travels with its character")
                    .extracting(delta -> delta.tokens().size())
                    .containsExactly(1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 1, 1, 4, 1);
            assertThat(engine.status())
                    .isEqualTo(
                            new EngineStatus(
                                    0,
                                    0,
                                    0,
                                    SHAPE.pages(),
                                    new EngineStatus.Totals(1, 0, 0, 0, 0, 8, 21)));
        }
    }

    @Test
    void generate_whenTokenLimitOrContextIsReached_finishesWithLength() {
        try (Engine engine = FakeEngine.start(FakeModel.saying("0123456789"))) {
            Transcript limited = run(engine, request("go", 4));
            assertThat(limited.text()).isEqualTo("0123");
            assertThat(limited.reason()).isEqualTo(new FinishReason.Length());
            assertThat(limited.usage()).isEqualTo(new Usage(2, 0, 4));
        }
        EngineOptions shortContext = new EngineOptions(8, 4, 4, 64, 64, Duration.ofSeconds(30));
        try (Engine engine = FakeEngine.start(FakeModel.saying("0123456789"), shortContext)) {
            Transcript full = run(engine, request("go", 100));
            assertThat(full.text()).isEqualTo("012345");
            assertThat(full.reason()).isEqualTo(new FinishReason.Length());
        }
    }

    @Test
    void generate_whenLastCharacterIsCut_givesReplacementInLastDelta() {
        try (Engine engine = FakeEngine.start(FakeModel.saying("ab🙂"))) {
            Transcript transcript = run(engine, request("x", 4));
            assertThat(transcript.text()).isEqualTo("ab\uFFFD");
            assertThat(transcript.tokens(0)).hasSize(4);
        }
    }

    @Test
    void generate_whenStopStringSpansTokens_neverShowsPartOfIt() {
        try (Engine engine = FakeEngine.start(FakeModel.saying("one\n\nUsx\n\nUser: two"))) {
            Transcript transcript = run(engine, stopping("x", 100, "\n\nUser:", "zzz"));
            assertThat(transcript.text()).isEqualTo("one\n\nUsx");
            assertThat(transcript.tokens(0)).isEqualTo(tokens("one\n\nUsx"));
            assertThat(transcript.reason()).isEqualTo(new FinishReason.Stop("\n\nUser:"));
            assertThat(transcript.usage().generatedTokens()).isEqualTo(15);
        }
    }

    @Test
    void generate_whenEndComesWithinAStopString_deliversWhatWasHeldBack() {
        try (Engine engine = FakeEngine.start(FakeModel.saying("abcd"))) {
            Transcript transcript = run(engine, stopping("x", 100, "cde"));
            assertThat(transcript.text()).isEqualTo("abcd");
            assertThat(transcript.tokens(0)).isEqualTo(tokens("abcd"));
            assertThat(transcript.deltas(0).getLast().text()).isEqualTo("cd");
        }
    }

    @Test
    void generate_whenStopTokenComes_endsWithoutShowingIt() {
        try (Engine engine = FakeEngine.start(FakeModel.saying("ab!cd"))) {
            GenerationRequest request =
                    new GenerationRequest(
                            tokens("x"),
                            SamplingParams.greedy(),
                            new GenerationRequest.StopConditions(
                                    100, List.of(), List.of((int) '!'), false),
                            GenerationRequest.Scores.NONE,
                            1);
            Transcript transcript = run(engine, request);
            assertThat(transcript.text()).isEqualTo("ab");
            assertThat(transcript.reason()).isEqualTo(new FinishReason.Stop("<0x21>"));
            assertThat(transcript.usage().generatedTokens()).isEqualTo(3);
        }
    }

    @Test
    void generate_whenEndOfSequenceIsIgnored_goesOn() {
        try (Engine engine = FakeEngine.start(FakeModel.saying("ab"))) {
            GenerationRequest request =
                    new GenerationRequest(
                            tokens("x"),
                            SamplingParams.greedy(),
                            new GenerationRequest.StopConditions(6, List.of(), List.of(), true),
                            GenerationRequest.Scores.NONE,
                            1);
            Transcript transcript = run(engine, request);
            assertThat(transcript.text()).isEqualTo("abab");
            assertThat(transcript.tokens(0)).hasSize(6);
            assertThat(transcript.reason()).isEqualTo(new FinishReason.Length());
        }
    }

    @Test
    void submit_whenPromptCannotFit_isRefusedNamingBothNumbers() {
        EngineOptions options = new EngineOptions(16, 4, 4, 64, 64, Duration.ofSeconds(30));
        try (Engine engine = FakeEngine.start(FakeModel.saying("a"), options)) {
            assertThat(engine.submit(request("x".repeat(16), 1)))
                    .isEqualTo(
                            new AdmissionOutcome.Rejected(
                                    AdmissionOutcome.Reason.PROMPT_TOO_LONG,
                                    "the prompt has 16 tokens, but the context holds 16, one of them for the answer"));
            assertThat(engine.status().totals().rejected()).isEqualTo(1);
            assertThat(run(engine, request("x".repeat(16), 0)).reason())
                    .isEqualTo(new FinishReason.Length());
        }
        try (Engine engine = FakeEngine.start(FakeModel.saying("a", SHAPE.withPages(3)))) {
            assertThat(engine.submit(request("x".repeat(13), 1)))
                    .isInstanceOfSatisfying(
                            AdmissionOutcome.Rejected.class,
                            rejected ->
                                    assertThat(rejected.message())
                                            .contains("13 tokens")
                                            .contains("KV cache holds 12"));
        }
    }

    @Test
    void submit_whenTokenIsOutsideVocabulary_throwsNamingIt() {
        try (Engine engine = FakeEngine.start(FakeModel.saying("a"))) {
            GenerationRequest request =
                    new GenerationRequest(
                            List.of(1, 258),
                            SamplingParams.greedy(),
                            new GenerationRequest.StopConditions(1, List.of(), List.of(), false),
                            GenerationRequest.Scores.NONE,
                            1);
            assertThatThrownBy(() -> engine.submit(request))
                    .isInstanceOf(EngineException.class)
                    .hasMessageContaining("258")
                    .hasMessageContaining("0 to 257");
            SamplingParams biased =
                    new SamplingParams(
                            0, 0, 1, 0, SamplingParams.Penalties.NONE, 0, Map.of(-1, 1f));
            assertThatThrownBy(() -> engine.submit(request("x", biased, 1, 1)))
                    .isInstanceOf(EngineException.class)
                    .hasMessageContaining("logit_bias holds token -1");
        }
    }

    @Test
    void submit_whenQueueIsFull_isRefusedUntilThereIsRoom() {
        FakeModel model = FakeModel.saying("abc");
        model.hold();
        EngineOptions options = new EngineOptions(64, 1, 2, 64, 64, Duration.ofSeconds(30));
        try (Engine engine = FakeEngine.start(model, options)) {
            List<Generation> admitted = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                admitted.add(submit(engine, request("x", 5)));
            }
            assertThat(engine.submit(request("x", 5)))
                    .isEqualTo(
                            new AdmissionOutcome.Rejected(
                                    AdmissionOutcome.Reason.QUEUE_FULL,
                                    "the queue is full: 2 requests wait, which is the limit"));
            model.releaseAll();
            for (Generation generation : admitted) {
                assertThat(Transcript.of(generation).text()).isEqualTo("abc");
            }
            assertThat(run(engine, request("x", 5)).text()).isEqualTo("abc");
        }
    }

    @Test
    void close_whenRequestsWait_failsThemAsClosed() {
        FakeModel model = FakeModel.random(SHAPE);
        model.hold();
        Engine engine = FakeEngine.start(model);
        Generation running = submit(engine, request("x", 100));
        Generation waiting = submit(engine, request("y", 100));
        Thread closer = Thread.ofVirtual().name("closer").start(engine::close);
        awaitWaiting(closer);
        model.releaseAll();
        for (Generation generation : List.of(running, waiting)) {
            assertThat(Transcript.of(generation).failure())
                    .hasValueSatisfying(
                            cause ->
                                    assertThat(cause.code())
                                            .isEqualTo(EngineException.Code.CLOSED));
            assertThatThrownBy(generation::next).isInstanceOf(IllegalStateException.class);
        }
        joined(closer);
        assertThat(model.closed()).isTrue();
        assertThat(engine.submit(request("x", 1)))
                .isInstanceOfSatisfying(
                        AdmissionOutcome.Rejected.class,
                        rejected ->
                                assertThat(rejected.reason())
                                        .isEqualTo(AdmissionOutcome.Reason.STOPPING));
        engine.close();
    }

    @Test
    void drain_whenTimeSuffices_letsRequestsFinishAndElseCancelsThem() {
        Engine finishing = FakeEngine.start(FakeModel.saying("abc"));
        Generation finished = submit(finishing, request("x", 10));
        finishing.drain(Duration.ofSeconds(30));
        assertThat(Transcript.of(finished).text()).isEqualTo("abc");

        FakeModel endless = FakeModel.random(SHAPE);
        endless.hold();
        Engine cancelling = FakeEngine.start(endless);
        Generation cancelled = submit(cancelling, request("x", 400));
        Thread drainer =
                Thread.ofVirtual().name("drainer").start(() -> cancelling.drain(Duration.ZERO));
        awaitWaiting(drainer);
        endless.releaseAll();
        Transcript transcript = Transcript.of(cancelled);
        assertThat(transcript.reason())
                .isEqualTo(new FinishReason.Cancelled("the engine is stopping"));
        joined(drainer);
    }

    /// Returns once the thread waits for the engine thread to end, which waits for the model.
    private static void awaitWaiting(Thread thread) {
        while (thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
    }

    static void joined(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException interrupt) {
            throw new AssertionError(interrupt);
        }
    }

    @Test
    void generate_whenSampled_dependsOnSeedAndChoiceOnly() {
        try (Engine engine = FakeEngine.start(FakeModel.random(SHAPE))) {
            GenerationRequest request = request("same prompt", sampling(42), 20, 3);
            Transcript first = run(engine, request);
            Transcript second = run(engine, request);
            Transcript single = run(engine, request("same prompt", sampling(42), 20, 1));
            Transcript otherSeed = run(engine, request("same prompt", sampling(43), 20, 1));

            for (int choice = 0; choice < 3; choice++) {
                assertThat(second.tokens(choice)).isEqualTo(first.tokens(choice));
            }
            assertThat(single.tokens(0)).isEqualTo(first.tokens(0));
            assertThat(first.tokens(1)).isNotEqualTo(first.tokens(0));
            assertThat(otherSeed.tokens(0)).isNotEqualTo(single.tokens(0));
        }
    }
}
