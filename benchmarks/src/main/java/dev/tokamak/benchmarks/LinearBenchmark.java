package dev.tokamak.benchmarks;

import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.kernels.linear.Activations;
import dev.tokamak.kernels.linear.Linear;
import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.kernels.linear.WeightPacker;
import dev.tokamak.kernels.team.WorkerTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// One linear layer of 1,024 x 1,024 weights on one core, by format and number of tokens, against the scalar reference.
/// An operation is a multiply-add of one token, so operations per microsecond divided by 1,000 are GMAC/s for each token.
///
/// `./build bench Linear -p type=Q4_1 -prof gc`
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {
            "--add-modules",
            "jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED"
        })
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 4, time = 1)
public class LinearBenchmark {

    private static final int SIZE = 1024;
    private static final int MOST_TOKENS = 64;
    private static final int PRODUCTS = SIZE * SIZE;

    @Param private TensorType type = TensorType.Q4_0;

    @Param({"1", "2", "4", "8", "16", "64"})
    private int tokens = 1;

    @Param({"fastest", "vector-api", "scalar"})
    private String tier = "fastest";

    private final Arena arena = Arena.ofShared();
    private final MemorySegment output = arena.allocate((long) MOST_TOKENS * SIZE * 4, 64);
    private Linear linear = TierKernels.of("scalar").linear();
    private Activations activations = linear.activations(MOST_TOKENS, SIZE, arena);
    private PackedWeights weights = packed(TensorType.Q4_0);

    @Setup(Level.Trial)
    public void prepare() {
        linear = TierKernels.of(tier).linear();
        activations = linear.activations(MOST_TOKENS, SIZE, arena);
        weights = packed(type);
        SplittableRandom random = new SplittableRandom(1);
        for (long i = 0; i < (long) MOST_TOKENS * SIZE; i++) {
            float value = (float) random.nextGaussian(0, 1);
            activations.floats().setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
        }
        linear.quantize(activations, 0, MOST_TOKENS);
    }

    private PackedWeights packed(TensorType type) {
        MemorySegment file = arena.allocate(type.bytes(PRODUCTS)).fill((byte) 0x11);
        try (WorkerTeam team = WorkerTeam.start(1)) {
            return new WeightPacker(Numerics.EXACT, team).pack(type, SIZE, SIZE, file, arena);
        }
    }

    @TearDown(Level.Trial)
    public void free() {
        arena.close();
    }

    @Benchmark
    @OperationsPerInvocation(PRODUCTS)
    public MemorySegment multiply() {
        linear.multiply(weights, activations, 0, tokens, output, SIZE, 0, weights.groups());
        return output;
    }

    @Benchmark
    @OperationsPerInvocation(SIZE)
    public Activations quantize() {
        linear.quantize(activations, 0, tokens);
        return activations;
    }
}
