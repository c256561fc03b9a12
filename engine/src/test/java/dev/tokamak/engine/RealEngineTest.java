package dev.tokamak.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.engine.RealEngine.Setting;
import dev.tokamak.kernels.cpu.Tier;
import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.models.TinyGguf;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The engine over real networks: tokens and log-probabilities of a request have the same bits whatever happens around it.
/// Integrity is asserted by the engine after every step, because tests run with assertions on.
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RealEngineTest {

    private static final long SEED = 20;
    private static final int REQUESTS = 8;
    private static final int CLIENTS = 32;
    private static final int REQUESTS_PER_CLIENT = 8;

    private static final SamplingParams FILTERED =
            new SamplingParams(
                    0.8f,
                    40,
                    0.95f,
                    0.01f,
                    new SamplingParams.Penalties(1.1f, 0.2f, 0.1f),
                    7,
                    Map.of(65, 2f, 66, -3f));

    /// A model and what each request gives when it is alone.
    private record Subject(Path file, List<List<Object>> alone) {}

    private final List<Subject> subjects = new ArrayList<>();

    @BeforeAll
    void runAlone(@TempDir Path folder) throws URISyntaxException {
        var windows = RealEngineTest.class.getResource("/golden/architectures/gemma3/model.gguf");
        Path windowed = Path.of(Objects.requireNonNull(windows).toURI());
        subjects.add(new Subject(windowed, alone(windowed)));
        Stream.of(
                        new TinyGguf().name("floats"),
                        new TinyGguf()
                                .name("integers")
                                .architecture("qwen2")
                                .type(TensorType.Q8_0)
                                .tied(true))
                .map(model -> model.seed(SEED).write(folder))
                .forEach(file -> subjects.add(new Subject(file, alone(file))));
    }

    private static List<List<Object>> alone(Path file) {
        try (RealEngine real = new RealEngine(file, Setting.AMPLE)) {
            return requests().stream().map(request -> essence(request, real.run(request))).toList();
        }
    }

    private static List<Integer> prompt(long seed, int length) {
        return new SplittableRandom(seed).ints(length, 0, 256).boxed().toList();
    }

    private static GenerationRequest.StopConditions tokens(int count) {
        return new GenerationRequest.StopConditions(count, List.of(), List.of(), true);
    }

    /// Greedy and sampled, scored and not, of one to three choices, over one to six pages.
    private static List<GenerationRequest> requests() {
        List<GenerationRequest> requests = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            requests.add(
                    new GenerationRequest(
                            prompt(SEED + i, 3 + 17 * i),
                            i % 3 == 0 ? SamplingParams.greedy() : FILTERED,
                            tokens(70 - 5 * i),
                            new GenerationRequest.Scores(true, i % 2 == 0, i),
                            1 + i % 3));
        }
        return requests;
    }

    /// Whatever a client can tell apart, scores bit for bit.
    private static List<Object> essence(GenerationRequest request, Transcript transcript) {
        assertThat(transcript.failure()).isEmpty();
        List<Object> essence = new ArrayList<>();
        essence.add(transcript.promptProcessed());
        essence.add(transcript.usage());
        for (int choice = 0; choice < request.choices(); choice++) {
            essence.add(transcript.deltas(choice));
            essence.add(transcript.reason(choice));
        }
        return essence;
    }

    /// Runs all requests at once on each model and requires what each gives alone.
    private long preemptionsTogether(Setting setting) {
        long preemptions = 0;
        for (Subject subject : subjects) {
            try (RealEngine real = new RealEngine(subject.file(), setting)) {
                List<GenerationRequest> requests = requests();
                List<Generation> generations =
                        requests.stream()
                                .map(request -> FakeEngine.submit(real.engine(), request))
                                .toList();
                for (int i = 0; i < REQUESTS; i++) {
                    assertThat(essence(requests.get(i), Transcript.of(generations.get(i))))
                            .as("request %d of seed %d, %s", i, SEED, setting)
                            .isEqualTo(subject.alone().get(i));
                }
                EngineStatus status = real.engine().status();
                assertThat(status.pagesUsed()).isZero();
                assertThat(status.running()).isZero();
                preemptions += status.totals().preemptions();
            }
        }
        return preemptions;
    }

    @Test
    void generate_whenBatchedWithOthers_givesTheSameBits() {
        preemptionsTogether(Setting.AMPLE);
    }

    @Test
    void generate_whenPagesRunOut_givesTheSameBits() {
        assertThat(preemptionsTogether(Setting.AMPLE.pages(14))).isPositive();
    }

    @Test
    void generate_whenStepsHoldOneToken_givesTheSameBits() {
        preemptionsTogether(Setting.AMPLE.batch(1, 1));
    }

    @Test
    void generate_whenStepsHoldSevenTokens_givesTheSameBits() {
        preemptionsTogether(Setting.AMPLE.batch(7, 5));
    }

    @Test
    void generate_whenStepsHoldSixteenTokens_givesTheSameBits() {
        preemptionsTogether(Setting.AMPLE.batch(16, 16));
    }

    @Test
    void generate_whenStepsHoldManyTokensAndFewRows_givesTheSameBits() {
        preemptionsTogether(Setting.AMPLE.batch(64, 9));
    }

    @Test
    void generate_whenPromptsFitIntoOneStep_givesTheSameBits() {
        preemptionsTogether(Setting.AMPLE.batch(512, 512));
    }

    @Test
    void generate_whenScalarOnOneThread_givesTheSameBits() {
        preemptionsTogether(Setting.AMPLE.kernels(Tier.SCALAR, 1));
    }

    @Test
    void generate_whenChoicesAreMore_keepsTheFirstOnes() {
        for (Subject subject : subjects) {
            try (RealEngine real = new RealEngine(subject.file(), Setting.AMPLE)) {
                Transcript five = real.run(sampled(5));
                Transcript again = real.run(sampled(5));
                Transcript three = real.run(sampled(3));
                Transcript one = real.run(sampled(1));
                for (int choice = 0; choice < 5; choice++) {
                    assertThat(again.deltas(choice)).isEqualTo(five.deltas(choice));
                }
                for (int choice = 0; choice < 3; choice++) {
                    assertThat(three.deltas(choice)).isEqualTo(five.deltas(choice));
                }
                assertThat(one.deltas(0)).isEqualTo(five.deltas(0));
                assertThat(five.tokens(1)).isNotEqualTo(five.tokens(0));
            }
        }
    }

    private static GenerationRequest sampled(int choices) {
        return new GenerationRequest(
                prompt(SEED, 45),
                FakeEngine.sampling(3),
                tokens(25),
                new GenerationRequest.Scores(true, false, 2),
                choices);
    }

    @Test
    void generate_whenThePromptIsAnAnswer_scoresItAsTheAnswerWasScored() {
        List<Integer> question = prompt(SEED, 37);
        var asked =
                new GenerationRequest(
                        question,
                        FakeEngine.sampling(5),
                        tokens(60),
                        new GenerationRequest.Scores(true, false, 4),
                        1);
        for (Subject subject : subjects) {
            try (RealEngine real = new RealEngine(subject.file(), Setting.AMPLE)) {
                Transcript answer = real.run(asked);
                List<Integer> whole = new ArrayList<>(question);
                whole.addAll(answer.tokens(0));
                var echoed =
                        new GenerationRequest(
                                whole,
                                SamplingParams.greedy(),
                                tokens(0),
                                new GenerationRequest.Scores(false, true, 4),
                                1);
                List<TokenScore> scores = real.run(echoed).promptProcessed().scores();
                assertThat(scores).extracting(TokenScore::token).isEqualTo(whole);
                assertThat(scores.getFirst().logProbability()).isNaN();
                assertThat(scores.subList(question.size(), whole.size()))
                        .isEqualTo(answer.scores(0));
            }
        }
    }

    @Test
    void generate_whenManyClientsCancelAndStall_answersTheOthersRightAndLosesNoPage() {
        Setting crowded = Setting.AMPLE.pages(48).maxConcurrent(16).batch(96, 24).eventBuffer(8);
        Subject subject = subjects.getLast();
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        try (RealEngine real = new RealEngine(subject.file(), crowded)) {
            List<Thread> threads = new ArrayList<>();
            for (int client = 0; client < CLIENTS; client++) {
                SplittableRandom random = new SplittableRandom(SEED + client);
                threads.add(
                        Thread.ofVirtual()
                                .name("client-" + client)
                                .start(() -> converse(real, subject, random, failures)));
            }
            threads.forEach(EngineTest::joined);

            assertThat(failures).as("seed " + SEED).isEmpty();
            EngineStatus status = real.engine().status();
            assertThat(status.pagesUsed()).isZero();
            assertThat(status.running()).isZero();
            assertThat(status.waiting()).isZero();
            assertThat(status.totals().failed()).isZero();
            assertThat(status.totals().rejected()).isZero();
            assertThat(status.totals().cancelled()).isPositive();
            assertThat(status.totals().preemptions()).isPositive();
        }
    }

    private static void converse(
            RealEngine real,
            Subject subject,
            SplittableRandom random,
            ConcurrentLinkedQueue<Throwable> failures) {
        try {
            for (int i = 0; i < REQUESTS_PER_CLIENT; i++) {
                int kind = random.nextInt(REQUESTS);
                GenerationRequest request = requests().get(kind);
                Generation generation = FakeEngine.submit(real.engine(), request);
                int manner = random.nextInt(4);
                if (manner == 0) {
                    cancelAfter(generation, random.nextInt(6));
                    continue;
                }
                if (manner == 1) {
                    // Reads nothing until another request of its own has come and gone.
                    real.run(FakeEngine.request("between", 3));
                }
                assertThat(essence(request, Transcript.of(generation)))
                        .isEqualTo(subject.alone().get(kind));
            }
        } catch (Throwable failure) {
            failures.add(failure);
        }
    }

    private static void cancelAfter(Generation generation, int events) throws InterruptedException {
        for (int i = 0; i < events; i++) {
            generation.next();
        }
        generation.cancel();
        assertThat(Transcript.of(generation).failure()).isEmpty();
    }
}
