package dev.tokamak.benchmarks;

import dev.tokamak.engine.sample.Sampler;
import dev.tokamak.engine.sample.SamplingRule;
import dev.tokamak.engine.sample.TokenBias;
import dev.tokamak.engine.sample.TokenCounts;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Drawing one token from a row of logits on one core, by vocabulary and rule, in microseconds.
///
/// `./build bench Sampler -p vocabulary=151936`
@State(Scope.Thread)
@Fork(
        value = 1,
        jvmArgsAppend = {
            "--add-modules",
            "jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED"
        })
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 4, time = 1)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class SamplerBenchmark {

    /// SmolLM2, Qwen2.5 and Gemma 3.
    @Param({"49152", "151936", "262144"})
    private int vocabulary = 49_152;

    @Param({"greedy", "temperature", "top-k", "top-p"})
    private String rule = "greedy";

    @Param({"fastest", "vector-api", "scalar"})
    private String tier = "fastest";

    private final Arena arena = Arena.ofShared();
    private final TokenCounts counts = new TokenCounts();
    private Sampler sampler = new Sampler(TierKernels.of("scalar").softmax(), 1);
    private SamplingRule samplingRule = rule(0, 0, 1);
    private MemorySegment logits = MemorySegment.NULL;
    private long position;

    @Setup(Level.Trial)
    public void prepare() {
        sampler.close();
        sampler = new Sampler(TierKernels.of(tier).softmax(), vocabulary);
        samplingRule =
                switch (rule) {
                    case "greedy" -> rule(0, 0, 1);
                    case "temperature" -> rule(0.8f, 0, 1);
                    case "top-k" -> rule(0.8f, 40, 1);
                    case "top-p" -> rule(0.8f, 0, 0.95f);
                    default -> throw new IllegalArgumentException("unknown rule " + rule);
                };
        logits = arena.allocate((long) vocabulary * Float.BYTES, 64);
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < vocabulary; i++) {
            logits.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian(0, 4));
        }
    }

    private static SamplingRule rule(float temperature, int topK, float topP) {
        return new SamplingRule(
                temperature,
                topK,
                topP,
                0,
                new SamplingRule.Penalties(1, 0, 0),
                1,
                new TokenBias(Map.of()));
    }

    @TearDown(Level.Trial)
    public void free() {
        sampler.close();
        arena.close();
    }

    @Benchmark
    public int sample() {
        return sampler.sample(logits, 0, samplingRule, counts, 0, position++);
    }
}
