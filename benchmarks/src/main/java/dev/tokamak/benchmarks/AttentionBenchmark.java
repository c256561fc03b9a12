package dev.tokamak.benchmarks;

import dev.tokamak.kernels.Kernels;
import dev.tokamak.kernels.attention.AttentionHead;
import dev.tokamak.kernels.attention.AttentionScratch;
import dev.tokamak.kernels.attention.KvLayer;
import dev.tokamak.kernels.attention.KvLayout;
import dev.tokamak.kernels.attention.KvType;
import dev.tokamak.kernels.attention.KvView;
import dev.tokamak.kernels.attention.ScoreRule;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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

/// Attention of one KV head on one core, by depth, tokens at once and shape, in microseconds. A call reads
/// `depth * 2 * dim` fp16 numbers and needs `tokens * queryHeads * depth * 2 * dim` multiply-adds.
///
/// `./build bench Attention -p shape=3x64 -p depth=4096 -p tokens=1`
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
public class AttentionBenchmark {

    private static final int MOST_TOKENS = 16;

    /// Query heads that share the KV head, elements of a key and, if it differs, of a value; the last is MLA's.
    @Param({"3x64", "7x64", "4x256", "4x128", "16x576x512"})
    private String shape = "3x64";

    /// Keys that the first token sees.
    @Param({"256", "4096", "8192"})
    private int depth = 256;

    @Param({"1", "16"})
    private int tokens = 1;

    /// Softcap of the scores; 0 for none.
    @Param({"0"})
    private float softcap;

    @Param({"fastest", "vector-api", "scalar"})
    private String tier = "fastest";

    private final Arena arena = Arena.ofShared();
    private Kernels kernels = TierKernels.of("scalar");
    private KvLayout layout = layout(64, 64);
    private AttentionHead head = head(1, 64, 64);
    private AttentionScratch scratch = new AttentionScratch(layout, arena);
    private KvView view = new KvView(layout, MemorySegment.NULL);
    private MemorySegment query = MemorySegment.NULL;
    private MemorySegment output = MemorySegment.NULL;

    @Setup(Level.Trial)
    public void prepare() {
        int[] sizes = Arrays.stream(shape.split("x", -1)).mapToInt(Integer::parseInt).toArray();
        int queryHeads = sizes[0];
        int keyDim = sizes[1];
        int valueDim = sizes[sizes.length - 1];
        kernels = TierKernels.of(tier);
        layout = layout(keyDim, valueDim);
        head = head(queryHeads, keyDim, valueDim);
        scratch = new AttentionScratch(layout, arena);
        int pages = (int) KvLayout.pages(depth + MOST_TOKENS);
        view = new KvView(layout, arena.allocate(pages * layout.pageBytes(), 64));
        view.pages(IntStream.range(0, pages).toArray());
        query = floats(MOST_TOKENS * queryHeads * keyDim);
        output = floats(MOST_TOKENS * queryHeads * valueDim);
        MemorySegment keys = floats(keyDim);
        MemorySegment values = floats(valueDim);
        for (int position = 0; position < depth + MOST_TOKENS; position++) {
            kernels.attention().store(view, head, position, keys, 0, values, 0);
        }
    }

    private static KvLayout layout(int keyDim, int valueDim) {
        return new KvLayout(1, new KvLayer(1, keyDim, valueDim), KvType.F16);
    }

    private AttentionHead head(int queryHeads, int keyDim, int valueDim) {
        float scale = (float) (1 / Math.sqrt(keyDim));
        ScoreRule rule = ScoreRule.causal(scale).withSoftcap(softcap);
        return new AttentionHead(
                0, 0, 0, queryHeads, rule, queryHeads * keyDim, queryHeads * valueDim);
    }

    private MemorySegment floats(int count) {
        MemorySegment memory = arena.allocate((long) count * Float.BYTES, 64);
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < count; i++) {
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
        }
        return memory;
    }

    @TearDown(Level.Trial)
    public void free() {
        arena.close();
    }

    @Benchmark
    public MemorySegment attend() {
        kernels.attention().attend(view, head, depth - 1, 0, tokens, query, output, scratch);
        return output;
    }
}
