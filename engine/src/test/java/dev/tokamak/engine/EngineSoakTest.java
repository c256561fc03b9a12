package dev.tokamak.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Many clients at once over few pages: some cancel, some stop reading for a while. Integrity is asserted by the engine after
/// every step, because tests run with assertions on.
@Timeout(120)
final class EngineSoakTest {

    private static final int CLIENTS = 32;
    private static final int REQUESTS = 12;
    private static final int KINDS = 5;

    private static GenerationRequest request(int kind) {
        return new GenerationRequest(
                FakeEngine.tokens("request " + "k".repeat(7 * kind)),
                FakeEngine.sampling(kind),
                new GenerationRequest.StopConditions(15 + 5 * kind, List.of(), List.of(), true),
                new GenerationRequest.Scores(kind % 2 == 1, kind == 2, 2),
                1 + kind % 3);
    }

    @Test
    void generate_whenManyClientsCancelAndStall_answersTheOthersRightAndLosesNoPage() {
        long seed = 11;
        List<Transcript> expected = new ArrayList<>();
        try (Engine engine = FakeEngine.start(FakeModel.random(FakeModel.Shape.DEFAULT))) {
            for (int kind = 0; kind < KINDS; kind++) {
                expected.add(FakeEngine.run(engine, request(kind)));
            }
        }
        EngineOptions options =
                new EngineOptions(256, 12, 2 * CLIENTS, 24, 8, Duration.ofSeconds(30));
        FakeModel model = FakeModel.random(FakeModel.Shape.DEFAULT.withPages(64).withBatch(24, 16));
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        try (Engine engine = FakeEngine.start(model, options)) {
            List<Thread> threads = new ArrayList<>();
            for (int client = 0; client < CLIENTS; client++) {
                SplittableRandom random = new SplittableRandom(seed + client);
                threads.add(
                        Thread.ofVirtual()
                                .name("client-" + client)
                                .start(() -> converse(engine, random, expected, failures)));
            }
            threads.forEach(EngineTest::joined);

            assertThat(failures).as("seed " + seed).isEmpty();
            EngineStatus status = engine.status();
            assertThat(status.pagesUsed()).isZero();
            assertThat(status.running()).isZero();
            assertThat(status.waiting()).isZero();
            assertThat(status.totals().requests())
                    .isBetween((long) CLIENTS * REQUESTS, (long) CLIENTS * (REQUESTS + 1));
            assertThat(status.totals().failed()).isZero();
            assertThat(status.totals().rejected()).isZero();
            assertThat(status.totals().cancelled()).isPositive();
            assertThat(status.totals().preemptions()).isPositive();
        }
    }

    private static void converse(
            Engine engine,
            SplittableRandom random,
            List<Transcript> expected,
            ConcurrentLinkedQueue<Throwable> failures) {
        try {
            for (int i = 0; i < REQUESTS; i++) {
                int kind = random.nextInt(KINDS);
                Generation generation = FakeEngine.submit(engine, request(kind));
                switch (random.nextInt(4)) {
                    case 0 -> cancelAfter(generation, random.nextInt(10));
                    case 1 -> {
                        // Reads nothing until another request of its own has come and gone.
                        FakeEngine.run(engine, FakeEngine.request("between", 3));
                        i++;
                        requireEqual(Transcript.of(generation), expected.get(kind), kind);
                    }
                    default -> requireEqual(Transcript.of(generation), expected.get(kind), kind);
                }
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
        Transcript rest = Transcript.of(generation);
        assertThat(rest.failure()).isEmpty();
    }

    private static void requireEqual(Transcript actual, Transcript expected, int kind) {
        assertThat(actual.usage()).isEqualTo(expected.usage());
        assertThat(actual.promptProcessed()).isEqualTo(expected.promptProcessed());
        for (int choice = 0; choice < request(kind).choices(); choice++) {
            assertThat(actual.deltas(choice)).isEqualTo(expected.deltas(choice));
        }
    }
}
