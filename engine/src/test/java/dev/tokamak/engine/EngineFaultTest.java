package dev.tokamak.engine;

import static dev.tokamak.engine.FakeEngine.request;
import static dev.tokamak.engine.FakeEngine.run;
import static dev.tokamak.engine.FakeEngine.submit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tokamak.kernels.softmax.Softmax;
import dev.tokamak.models.tokenizer.TokenStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Clients that vanish or do not read, and models that fail: the others never notice.
@Timeout(60)
final class EngineFaultTest {

    private static final FakeModel.Shape SHAPE = FakeModel.Shape.DEFAULT;

    @Test
    void cancel_whenRunning_endsTheRequestAndFreesItsPages() throws InterruptedException {
        FakeModel model = FakeModel.random(SHAPE);
        model.hold();
        try (Engine engine = FakeEngine.start(model)) {
            Generation generation = submit(engine, request("x", 500));
            model.release(2);
            assertThat(generation.next()).isInstanceOf(GenerationEvent.PromptProcessed.class);
            generation.cancel();
            generation.cancel();
            model.releaseAll();
            Transcript transcript = Transcript.of(generation);
            assertThat(transcript.reason())
                    .isEqualTo(new FinishReason.Cancelled("the client cancelled"));
            assertThat(transcript.usage().generatedTokens()).isBetween(1, 4);
            assertThat(engine.status().pagesUsed()).isZero();
            assertThat(engine.status().totals().cancelled()).isEqualTo(1);
            assertThatThrownBy(() -> generation.poll(Duration.ZERO))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void cancel_whenWaiting_endsEveryChoice() {
        FakeModel model = FakeModel.random(SHAPE);
        model.hold();
        EngineOptions options = new EngineOptions(512, 1, 4, 64, 64, Duration.ofSeconds(30));
        try (Engine engine = FakeEngine.start(model, options)) {
            Generation running = submit(engine, request("x", 5));
            Generation waiting = submit(engine, request("y", FakeEngine.sampling(1), 5, 2));
            waiting.cancel();
            model.releaseAll();
            Transcript transcript = Transcript.of(waiting);
            assertThat(transcript.reason(0)).isInstanceOf(FinishReason.Cancelled.class);
            assertThat(transcript.reason(1)).isInstanceOf(FinishReason.Cancelled.class);
            assertThat(transcript.usage()).isEqualTo(new Usage(1, 0, 0));
            assertThat(Transcript.of(running).tokens(0)).hasSize(5);
            assertThat(engine.status().waiting()).isZero();
        }
    }

    @Test
    void generate_whenClientDoesNotRead_isSkippedAndGoesOnLater() {
        EngineOptions options = new EngineOptions(512, 4, 4, 64, 4, Duration.ofSeconds(30));
        String text = "a long answer that does not fit into the buffer";
        try (Engine engine = FakeEngine.start(FakeModel.saying(text), options)) {
            Generation slow = submit(engine, request("x", 100));
            for (int i = 0; i < 3; i++) {
                assertThat(run(engine, request("y", 100)).text()).isEqualTo(text);
            }
            assertThat(engine.status().running()).isEqualTo(1);
            assertThat(engine.status().totals().generatedTokens())
                    .as("the slow client's sequence stands still")
                    .isLessThanOrEqualTo(3 * (text.length() + 1) + 4);
            assertThat(Transcript.of(slow).text()).isEqualTo(text);
        }
    }

    @Test
    void generate_whenClientDoesNotReadForTooLong_isCancelled() {
        EngineOptions options = new EngineOptions(512, 4, 4, 64, 4, Duration.ofSeconds(30));
        ManualClock clock = new ManualClock();
        FakeModel model = FakeModel.random(SHAPE);
        try (Engine engine =
                Engine.start(model, new FakeTokenizer(), Softmax.scalar(), options, clock)) {
            Generation slow = submit(engine, request("x", 100));
            run(engine, request("y", 30));
            clock.advance(Duration.ofSeconds(30));
            run(engine, request("y", 30));
            assertThat(engine.status().totals().cancelled()).isZero();
            clock.advance(Duration.ofMillis(1));
            run(engine, request("y", 30));
            assertThat(engine.status().totals().cancelled()).isEqualTo(1);
            assertThat(engine.status().pagesUsed()).isZero();
            assertThat(Transcript.of(slow).reason())
                    .isEqualTo(
                            new FinishReason.Cancelled(
                                    "the client left 4 events unread for longer than PT30S"));
        }
    }

    @Test
    void poll_whenNothingComes_isEmpty() throws InterruptedException {
        FakeModel model = FakeModel.saying("a");
        model.hold();
        try (Engine engine = FakeEngine.start(model)) {
            Generation generation = submit(engine, request("x", 5));
            assertThat(generation.poll(Duration.ofMillis(1))).isEmpty();
            model.releaseAll();
            assertThat(Transcript.of(generation).text()).isEqualTo("a");
        }
    }

    @Test
    void generate_whenLogitsAreNotFinite_failsThatRequestAlone() {
        FakeModel model = FakeModel.saying("abcdef");
        model.poison('!');
        model.hold();
        try (Engine engine = FakeEngine.start(model)) {
            Generation healthy = submit(engine, request("x", 10));
            Generation poisoned = submit(engine, request("x!", 10));
            Generation scored = submit(engine, scoredPrompt("a!b"));
            model.releaseAll();
            assertThat(Transcript.of(poisoned).failure())
                    .hasValueSatisfying(
                            cause -> {
                                assertThat(cause.code()).isEqualTo(EngineException.Code.INTERNAL);
                                assertThat(cause).hasMessageContaining("not finite");
                            });
            assertThat(Transcript.of(scored).failure()).isPresent();
            assertThat(Transcript.of(healthy).text()).isEqualTo("abcdef");
            assertThat(engine.status().totals().failed()).isEqualTo(2);
            assertThat(engine.status().pagesUsed()).isZero();
        }
    }

    @Test
    void generate_whenARequestCannotBegin_failsItAlone() {
        AtomicInteger streams = new AtomicInteger();
        FakeTokenizer tokenizer =
                new FakeTokenizer() {
                    @Override
                    public TokenStream stream() {
                        if (streams.getAndIncrement() == 0) {
                            throw new IllegalStateException("injected failure of a stream");
                        }
                        return super.stream();
                    }
                };
        try (Engine engine =
                Engine.start(
                        FakeModel.saying("abc"),
                        tokenizer,
                        Softmax.scalar(),
                        FakeEngine.OPTIONS,
                        new ManualClock())) {
            Generation unlucky = submit(engine, request("x", 10));
            Generation healthy = submit(engine, request("y", 10));
            assertThat(Transcript.of(unlucky).failure())
                    .hasValueSatisfying(
                            cause -> assertThat(cause).hasMessageContaining("injected failure"));
            assertThat(Transcript.of(healthy).text()).isEqualTo("abc");
            assertThat(engine.status().totals().failed()).isEqualTo(1);
            assertThat(engine.status().waiting()).isZero();
            assertThat(engine.status().pagesUsed()).isZero();
        }
    }

    private static GenerationRequest scoredPrompt(String prompt) {
        return new GenerationRequest(
                FakeEngine.tokens(prompt),
                SamplingParams.greedy(),
                new GenerationRequest.StopConditions(
                        3, java.util.List.of(), java.util.List.of(), false),
                new GenerationRequest.Scores(true, true, 1),
                1);
    }

    @Test
    void generate_whenBackendThrows_failsTheRequestsOfThatBatchAlone() {
        FakeModel model = FakeModel.saying("abc");
        model.failOnBatch(2);
        EngineOptions options = new EngineOptions(512, 1, 4, 64, 64, Duration.ofSeconds(30));
        try (Engine engine = FakeEngine.start(model, options)) {
            Generation first = submit(engine, request("x", 10));
            Generation second = submit(engine, request("y", 10));
            assertThat(Transcript.of(first).failure())
                    .hasValueSatisfying(
                            cause -> {
                                assertThat(cause)
                                        .hasMessageContaining("injected failure of batch 2");
                                assertThat(cause).hasCauseInstanceOf(IllegalStateException.class);
                            });
            assertThat(Transcript.of(second).text()).isEqualTo("abc");
            assertThat(engine.status().totals().failed()).isEqualTo(1);
            assertThat(engine.status().pagesUsed()).isZero();
        }
    }
}
