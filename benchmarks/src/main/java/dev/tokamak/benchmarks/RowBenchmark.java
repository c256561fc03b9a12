package dev.tokamak.benchmarks;

import dev.tokamak.kernels.Kernels;
import dev.tokamak.kernels.activation.GateFunction;
import dev.tokamak.kernels.linear.Activations;
import dev.tokamak.kernels.rope.RopeTable;
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
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// The operations between products, on one token row and one core, by width, in nanoseconds.
///
/// `./build bench Row -p columns=2048 -p tier=fastest`
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
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RowBenchmark {

    private static final int HEAD_DIM = 64;
    private static final int POSITIONS = 256;

    @Param({"576", "2048", "8192"})
    private int columns = 576;

    @Param({"fastest", "vector-api", "scalar"})
    private String tier = "fastest";

    private final Arena arena = Arena.ofShared();
    private final RopeTable table =
            RopeTable.of(
                    RopeTable.Pairing.HALVES, HEAD_DIM, new double[HEAD_DIM / 2], 1, POSITIONS);
    private Kernels kernels = TierKernels.of("scalar");
    private Activations activations = kernels.linear().activations(1, 1, arena);
    private MemorySegment input = MemorySegment.NULL;
    private MemorySegment other = MemorySegment.NULL;
    private MemorySegment output = MemorySegment.NULL;

    @Setup(Level.Trial)
    public void prepare() {
        kernels = TierKernels.of(tier);
        input = floats();
        other = floats();
        output = floats();
        activations = kernels.linear().activations(1, columns, arena);
        activations.floats().copyFrom(input);
    }

    private MemorySegment floats() {
        MemorySegment memory = arena.allocate((long) columns * Float.BYTES, 64);
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < columns; i++) {
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
        }
        return memory;
    }

    @TearDown(Level.Trial)
    public void free() {
        arena.close();
    }

    @Benchmark
    public MemorySegment norm() {
        kernels.norm().rms(input, 0, other, 1e-5f, output, 0, columns);
        return output;
    }

    @Benchmark
    public MemorySegment rotate() {
        kernels.rope().rotate(table, POSITIONS / 2, output, 0, columns / HEAD_DIM, HEAD_DIM);
        return output;
    }

    @Benchmark
    public MemorySegment gateSilu() {
        return gate(GateFunction.SILU);
    }

    @Benchmark
    public MemorySegment gateGeluTanh() {
        return gate(GateFunction.GELU_TANH);
    }

    @Benchmark
    public MemorySegment gateGeluErf() {
        return gate(GateFunction.GELU_ERF);
    }

    @Benchmark
    public MemorySegment gateBounded() {
        return gate(GateFunction.OAI_SWIGLU);
    }

    private MemorySegment gate(GateFunction function) {
        kernels.activation().gate(function, input, 0, other, 0, output, 0, columns);
        return output;
    }

    @Benchmark
    public MemorySegment softcap() {
        kernels.activation().softcap(output, 0, 30f, columns);
        return output;
    }

    @Benchmark
    public MemorySegment add() {
        kernels.activation().add(output, 0, other, 0, columns);
        return output;
    }

    @Benchmark
    public Activations quantize() {
        kernels.linear().quantize(activations, 0, 1);
        return activations;
    }
}
