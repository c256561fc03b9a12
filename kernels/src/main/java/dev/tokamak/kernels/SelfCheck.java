package dev.tokamak.kernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.tokamak.kernels.activation.Activation;
import dev.tokamak.kernels.activation.ElementFunction;
import dev.tokamak.kernels.activation.GateFunction;
import dev.tokamak.kernels.attention.Attention;
import dev.tokamak.kernels.attention.AttentionHead;
import dev.tokamak.kernels.attention.AttentionPartials;
import dev.tokamak.kernels.attention.AttentionScratch;
import dev.tokamak.kernels.attention.KvLayer;
import dev.tokamak.kernels.attention.KvLayout;
import dev.tokamak.kernels.attention.KvType;
import dev.tokamak.kernels.attention.KvView;
import dev.tokamak.kernels.attention.ScoreRule;
import dev.tokamak.kernels.attention.Visibility;
import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.kernels.linear.Activations;
import dev.tokamak.kernels.linear.Linear;
import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.kernels.linear.WeightPacker;
import dev.tokamak.kernels.norm.LayerWeights;
import dev.tokamak.kernels.norm.Norm;
import dev.tokamak.kernels.rope.Rope;
import dev.tokamak.kernels.rope.RopeTable;
import dev.tokamak.kernels.rope.RopeTable.Pairing;
import dev.tokamak.kernels.softmax.Softmax;
import dev.tokamak.kernels.team.WorkerTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;

/// Compares an implementation with the reference on small inputs, bit for bit. Runs at start, so the inputs are few:
/// it finds an instruction that a processor or a compiler gets wrong, not a wrong kernel. Thread-safe.
final class SelfCheck {

    private static final long SEED = 1;
    private static final int COUNT = 83;
    private static final int ROWS = 17;

    /// Tokens of a batch: one tile of matrix units, one half as high, and a single token.
    private static final int TOKENS = 16 + 8 + 1;

    /// Tokens of a batch that differ; the reference, which is slow, computes these alone.
    private static final int DISTINCT_TOKENS = 3;

    /// Types of weights whose kernels have all instructions of all types: each kind of words and of scales, with and without a
    /// table.
    private static final Set<TensorType> TYPES =
            EnumSet.of(
                    TensorType.F32,
                    TensorType.F16,
                    TensorType.BF16,
                    TensorType.Q4_0,
                    TensorType.Q4_1,
                    TensorType.Q5_0,
                    TensorType.Q5_1,
                    TensorType.Q8_0,
                    TensorType.Q2_K,
                    TensorType.Q4_K,
                    TensorType.Q5_K,
                    TensorType.Q6_K,
                    TensorType.IQ2_XS,
                    TensorType.IQ4_XS,
                    TensorType.MXFP4,
                    TensorType.NVFP4,
                    TensorType.Q1_0);

    private SelfCheck() {}

    static boolean activation(Activation reference, Activation candidate) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment gate = floats(arena, COUNT);
            MemorySegment expected = floats(arena, COUNT);
            MemorySegment actual = floats(arena, COUNT);
            activate(reference, gate, expected);
            activate(candidate, gate, actual);
            return sameBits(expected, actual);
        }
    }

    /// Every operation, each a part of what the next is given, so that the row stays near zero.
    private static void activate(Activation activation, MemorySegment gate, MemorySegment row) {
        for (ElementFunction function : ElementFunction.values()) {
            activation.apply(function, row, 0, COUNT);
            activation.addScaled(row, 0, gate, 0, 0.5f, COUNT);
        }
        for (GateFunction function : GateFunction.values()) {
            activation.gate(function, gate, 0, row, 0, row, 0, COUNT);
            activation.softcap(row, 0, 9f, COUNT);
            activation.add(row, 0, gate, 0, COUNT);
            activation.scale(row, 0, 0.75f, COUNT);
        }
    }

    static boolean norm(Norm reference, Norm candidate) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment weight = floats(arena, COUNT);
            MemorySegment expected = floats(arena, COUNT);
            MemorySegment actual = floats(arena, COUNT);
            reference.rms(expected, 0, weight, 1e-5f, expected, 0, COUNT);
            candidate.rms(actual, 0, weight, 1e-5f, actual, 0, COUNT);
            LayerWeights plain = new LayerWeights(weight, 1e-5f);
            LayerWeights biased = new LayerWeights(weight, weight, 1e-5f);
            reference.layer(expected, 0, plain, expected, 0, COUNT, 1);
            candidate.layer(actual, 0, plain, actual, 0, COUNT, 1);
            reference.layer(expected, 0, biased, expected, 0, COUNT, 1);
            candidate.layer(actual, 0, biased, actual, 0, COUNT, 1);
            return sameBits(expected, actual);
        }
    }

    static boolean rope(Rope reference, Rope candidate) {
        try (Arena arena = Arena.ofConfined()) {
            double[] frequencies = new Random(SEED).doubles(20).toArray();
            for (Pairing pairing : Pairing.values()) {
                RopeTable table = RopeTable.of(pairing, 40, frequencies, 0.75, 4);
                MemorySegment expected = floats(arena, COUNT);
                MemorySegment actual = floats(arena, COUNT);
                reference.rotate(table, 3, expected, 0, 2, COUNT / 2);
                candidate.rotate(table, 3, actual, 0, 2, COUNT / 2);
                if (!sameBits(expected, actual)) {
                    return false;
                }
            }
            return true;
        }
    }

    static boolean softmax(Softmax reference, Softmax candidate) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment logits = floats(arena, COUNT);
            MemorySegment expected = floats(arena, COUNT);
            MemorySegment actual = floats(arena, COUNT);
            float expectedSum = reference.exponentials(logits, 0, COUNT, 1.5f, expected, 0);
            float actualSum = candidate.exponentials(logits, 0, COUNT, 1.5f, actual, 0);
            return sameBits(expected, actual)
                    && Float.compare(expectedSum, actualSum) == 0
                    && Double.compare(
                                    reference.logSumExp(logits, 0, COUNT),
                                    candidate.logSumExp(logits, 0, COUNT))
                            == 0
                    && reductions(reference, candidate, logits, expected, actual);
        }
    }

    private static boolean reductions(
            Softmax reference,
            Softmax candidate,
            MemorySegment logits,
            MemorySegment expected,
            MemorySegment actual) {
        int best = reference.argMax(logits, 0, COUNT, expected);
        boolean same =
                candidate.argMax(logits, 0, COUNT, actual) == best
                        && candidate.argMax(logits, 0, COUNT) == best
                        && sameBits(expected, actual);
        return same
                && reference.atLeast(logits, 0, COUNT, 1f, expected)
                        == candidate.atLeast(logits, 0, COUNT, 1f, actual)
                && sameBits(expected, actual);
    }

    static boolean attention(Attention reference, Attention candidate) {
        ScoreRule rule = ScoreRule.causal(0.3f).withVisibility(Visibility.window(35));
        try (Arena arena = Arena.ofConfined()) {
            ScoreRule other = new ScoreRule(0.3f, 2f, Visibility.within(20), floats(arena, 2));
            return attention(reference, candidate, rule, arena)
                    && attention(reference, candidate, other, arena);
        }
    }

    private static boolean attention(
            Attention reference, Attention candidate, ScoreRule rule, Arena arena) {
        int positions = 37;
        int dim = 24;
        KvLayout layout = new KvLayout(1, new KvLayer(1, dim, dim), KvType.F16);
        AttentionHead head = new AttentionHead(0, 0, 0, 2, rule, 2 * dim, 2 * dim);
        KvView view = new KvView(layout, arena.allocate(2 * layout.pageBytes(), 64));
        view.pages(new int[] {1, 0}, positions);
        MemorySegment rows = floats(arena, positions * dim);
        for (int p = 0; p < positions; p++) {
            long at = (long) p * dim * Float.BYTES;
            candidate.store(view, head, p, rows, at, rows, at);
        }
        AttentionScratch scratch = new AttentionScratch(layout, arena);
        MemorySegment expected = arena.allocate(6L * dim * Float.BYTES, 64);
        MemorySegment actual = arena.allocate(6L * dim * Float.BYTES, 64);
        reference.attend(view, head, positions - 3, 0, 3, rows, expected, scratch);
        candidate.attend(view, head, positions - 3, 0, 3, rows, actual, scratch);
        if (!sameBits(expected, actual)) {
            return false;
        }
        AttentionPartials partials = new AttentionPartials(layout, 2, positions, arena);
        actual.asSlice(4L * dim * Float.BYTES).fill((byte) 0);
        candidate.attendSegment(view, head, positions - 1, 2, 0, rows, partials, scratch);
        candidate.merge(view, head, positions - 1, 2, partials, actual);
        return sameBits(expected, actual);
    }

    static boolean linear(Linear reference, Linear candidate) {
        try (Arena arena = Arena.ofConfined();
                WorkerTeam team = WorkerTeam.start(1)) {
            for (TensorType type : TYPES) {
                int columns = Math.max(64, type.blockElements());
                PackedWeights weights =
                        new WeightPacker(Numerics.EXACT, team)
                                .pack(type, ROWS, columns, weights(arena, type, columns), arena);
                MemorySegment expected = multiply(reference, weights, DISTINCT_TOKENS, arena);
                if (!repeats(expected, multiply(candidate, weights, 1, arena))
                        || !repeats(expected, multiply(candidate, weights, TOKENS, arena))) {
                    return false;
                }
            }
            return true;
        }
    }

    /// Whether the outputs are those of the distinct tokens over and over.
    private static boolean repeats(MemorySegment distinct, MemorySegment outputs) {
        long rowBytes = (long) ROWS * Float.BYTES;
        for (long token = 0; token < outputs.byteSize() / rowBytes; token++) {
            MemorySegment expected = distinct.asSlice(token % DISTINCT_TOKENS * rowBytes, rowBytes);
            if (!sameBits(expected, outputs.asSlice(token * rowBytes, rowBytes))) {
                return false;
            }
        }
        return true;
    }

    private static MemorySegment multiply(
            Linear linear, PackedWeights weights, int tokens, Arena arena) {
        Activations input = linear.activations(tokens, weights.columns(), arena);
        MemorySegment rows = floats(arena, DISTINCT_TOKENS * weights.columns());
        long rowBytes = (long) weights.columns() * Float.BYTES;
        for (int token = 0; token < tokens; token++) {
            MemorySegment row = rows.asSlice(token % DISTINCT_TOKENS * rowBytes, rowBytes);
            input.floats().asSlice(input.offsetBytes(token), rowBytes).copyFrom(row);
        }
        if (weights.readsQuantized()) {
            linear.quantize(input, 0, tokens);
        }
        MemorySegment output = arena.allocate((long) tokens * ROWS * Float.BYTES, 64);
        linear.multiply(weights, input, 0, tokens, output, ROWS, 0, weights.groups());
        return output;
    }

    /// Random blocks with small scales: each byte that may be the upper half of an fp16 number is made harmless, which
    /// leaves most bits of the weights random.
    private static MemorySegment weights(Arena arena, TensorType type, int columns) {
        MemorySegment bytes = arena.allocate(type.bytes((long) ROWS * columns), 64);
        if (type == TensorType.F32) {
            return bytes.copyFrom(floats(arena, ROWS * columns));
        }
        byte[] random = new byte[(int) bytes.byteSize()];
        new Random(SEED).nextBytes(random);
        for (int i = 1; i < random.length; i += 2) {
            random[i] = (byte) (random[i] & 0xbf);
        }
        if (type == TensorType.MXFP4) {
            // Its blocks begin with an exponent and have an odd number of bytes.
            for (int block = 0; block < random.length; block += type.blockBytes()) {
                random[block] = (byte) (120 + (random[block] & 7));
            }
        }
        return bytes.copyFrom(MemorySegment.ofArray(random));
    }

    private static MemorySegment floats(Arena arena, int count) {
        MemorySegment floats = arena.allocate((long) count * Float.BYTES, 64);
        Random random = new Random(SEED + count);
        for (int i = 0; i < count; i++) {
            floats.setAtIndex(JAVA_FLOAT, i, (float) random.nextGaussian() * (1 + i % 7));
        }
        return floats;
    }

    /// Whether all floats are equal bit for bit, NaN as a class.
    private static boolean sameBits(MemorySegment expected, MemorySegment actual) {
        for (long i = 0; i < expected.byteSize() / Float.BYTES; i++) {
            if (Float.floatToIntBits(expected.getAtIndex(JAVA_FLOAT, i))
                    != Float.floatToIntBits(actual.getAtIndex(JAVA_FLOAT, i))) {
                return false;
            }
        }
        return true;
    }
}
