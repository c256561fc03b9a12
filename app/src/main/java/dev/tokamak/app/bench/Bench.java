package dev.tokamak.app.bench;

import dev.tokamak.engine.AdmissionOutcome;
import dev.tokamak.engine.Engine;
import dev.tokamak.engine.EngineException;
import dev.tokamak.engine.Generation;
import dev.tokamak.engine.GenerationEvent;
import dev.tokamak.engine.GenerationRequest;
import dev.tokamak.engine.SamplingParams;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Runs workloads through an engine and measures tokens per second. Confined to one thread.
public final class Bench {

    /* Fairness. Each workload warms up before it counts, at least once, so that the JIT has settled, memory is touched
     * and the clock is up, as in a server that is in use; only decode at other depths relies on the runs before it. Prompts are random tokens, different in each run, so that no
     * cache can help. Times are taken where a client would take them, at the events of the engine: scheduling, sampling
     * and detokenising count. Prefill ends with the event that the prompt is processed; decode counts the tokens after that.
     * One run gives one rate, and the median of the runs is what is reported. */

    private final Engine engine;
    private final int vocabularySize;
    private final int repetitions;
    private final Duration warmUp;
    private final SplittableRandom random = new SplittableRandom(1);

    /// @param warmUp how long each workload runs before it counts, at least once
    public Bench(Engine engine, int vocabularySize, int repetitions, Duration warmUp) {
        this.engine = engine;
        this.vocabularySize = vocabularySize;
        this.repetitions = repetitions;
        this.warmUp = warmUp;
    }

    /// What to measure. Immutable.
    ///
    /// @param concurrency numbers of users at once
    /// @param depths tokens of context after which decode of one user is measured too
    public record Plan(
            int promptTokens, int generateTokens, List<Integer> concurrency, List<Integer> depths) {
        public Plan {
            concurrency = List.copyOf(concurrency);
            depths = List.copyOf(depths);
        }

        /// The most tokens of one sequence.
        public int contextTokens() {
            int deepest = depths.stream().mapToInt(depth -> depth).max().orElse(0);
            return Math.max(promptTokens, deepest) + generateTokens + 1;
        }
    }

    /// Prefill and decode of one user, decode at each depth, and a batch for each number of users.
    public List<Measurement> run(Plan plan) throws InterruptedException {
        int promptTokens = plan.promptTokens;
        int generateTokens = plan.generateTokens;
        List<Measurement> measurements = new ArrayList<>();
        double[] prefill = new double[repetitions];
        double[] decode = new double[repetitions];
        warmUp(promptTokens, generateTokens, 1);
        for (int i = 0; i < repetitions; i++) {
            Run run = time(promptTokens, generateTokens + 1, 1);
            prefill[i] = promptTokens / run.prefillSeconds();
            decode[i] = run.decodeRate();
        }
        measurements.add(Measurement.of(Workload.prefill(promptTokens), prefill));
        measurements.add(Measurement.of(Workload.decode(generateTokens, promptTokens), decode));
        for (int depth : plan.depths) {
            measurements.add(
                    Measurement.of(
                            Workload.decode(generateTokens, depth),
                            decodeRates(depth, generateTokens, 1)));
        }
        for (int users : plan.concurrency) {
            warmUp(promptTokens, generateTokens, users);
            measurements.add(
                    Measurement.of(
                            Workload.batch(generateTokens, users, promptTokens),
                            decodeRates(promptTokens, generateTokens, users)));
        }
        return measurements;
    }

    private void warmUp(int promptTokens, int generateTokens, int users)
            throws InterruptedException {
        long end = System.nanoTime() + warmUp.toNanos();
        do {
            time(promptTokens, generateTokens, users);
        } while (System.nanoTime() < end);
    }

    private double[] decodeRates(int contextTokens, int generateTokens, int users)
            throws InterruptedException {
        double[] rates = new double[repetitions];
        for (int i = 0; i < repetitions; i++) {
            rates[i] = time(contextTokens, generateTokens + 1, users).decodeRate();
        }
        return rates;
    }

    /// When one user's prompt was done and when each token came, in nanoseconds.
    private record Arrivals(long prefilled, List<Long> tokens) {}

    /// One run of several users.
    private record Run(long start, List<Arrivals> users) {

        /// Until the prompts of all users are done.
        double prefillSeconds() {
            return Math.max(1, allPrefilled() - start) / 1e9;
        }

        /// Tokens per second of all users together, from the moment when all prompts are done: before that, prefill of
        /// some runs beside decode of others. A user's first token belongs to the prefill.
        double decodeRate() {
            long from = allPrefilled();
            long end = from;
            long tokens = 0;
            for (Arrivals user : users) {
                for (int i = 1; i < user.tokens.size(); i++) {
                    tokens += user.tokens.get(i) > from ? 1 : 0;
                    end = Math.max(end, user.tokens.get(i));
                }
            }
            return tokens / (Math.max(1, end - from) / 1e9);
        }

        private long allPrefilled() {
            return users.stream().mapToLong(Arrivals::prefilled).max().orElse(start);
        }
    }

    private Run time(int promptTokens, int generateTokens, int users) throws InterruptedException {
        long start = System.nanoTime();
        List<Generation> generations = new ArrayList<>();
        try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Arrivals>> pending = new ArrayList<>();
            for (int user = 0; user < users; user++) {
                Generation generation = submit(promptTokens, generateTokens);
                generations.add(generation);
                pending.add(readers.submit(() -> arrivals(generation, generateTokens)));
            }
            List<Arrivals> arrivals = new ArrayList<>();
            for (Future<Arrivals> reader : pending) {
                arrivals.add(reader.get());
            }
            return new Run(start, arrivals);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof EngineException failure
                    ? failure
                    : new EngineException(
                            EngineException.Code.INTERNAL, "a reader failed: " + e.getCause());
        } finally {
            generations.forEach(Generation::cancel);
        }
    }

    /// Reads one generation to its end. Tokens without text come with a later delta, at the latest with the end.
    private static Arrivals arrivals(Generation generation, int generateTokens)
            throws InterruptedException {
        long[] tokens = new long[generateTokens];
        long prefilled = 0;
        int count = 0;
        while (true) {
            GenerationEvent event = generation.next();
            long now = System.nanoTime();
            switch (event) {
                case GenerationEvent.PromptProcessed _ -> prefilled = now;
                case GenerationEvent.TextDelta delta -> {
                    int end = Math.min(generateTokens, count + delta.tokens().size());
                    Arrays.fill(tokens, count, end, now);
                    count = end;
                }
                case GenerationEvent.Completed _ -> {
                    Arrays.fill(tokens, count, generateTokens, now);
                    return new Arrivals(prefilled, Arrays.stream(tokens).boxed().toList());
                }
                case GenerationEvent.Failed failed -> throw failed.cause();
                case GenerationEvent.ChoiceFinished _ -> {}
            }
        }
    }

    private Generation submit(int promptTokens, int generateTokens) {
        List<Integer> prompt = random.ints(promptTokens, 0, vocabularySize).boxed().toList();
        var request =
                new GenerationRequest(
                        prompt,
                        SamplingParams.greedy(),
                        new GenerationRequest.StopConditions(
                                generateTokens, List.of(), List.of(), true),
                        GenerationRequest.Scores.NONE,
                        1);
        return switch (engine.submit(request)) {
            case AdmissionOutcome.Admitted admitted -> admitted.generation();
            case AdmissionOutcome.Rejected rejected ->
                    throw new EngineException(
                            EngineException.Code.NOT_ENOUGH_MEMORY, rejected.message());
        };
    }
}
