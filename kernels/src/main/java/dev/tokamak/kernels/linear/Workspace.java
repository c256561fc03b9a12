package dev.tokamak.kernels.linear;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// What the vector kernels hand to each other while they compute a group of rows. Confined to one thread, which reuses
/// it for every call.
final class Workspace {

    /* The compiler keeps vectors in registers only within one compiled loop nest: a vector that is passed to a method
     * which it does not inline, or that such a method returns, becomes an object. Once a compilation has gathered many
     * nodes, as dozens of vector operations do, it inlines only methods that the JDK marks (-XX:+PrintInlining says
     * NodeCountInliningCutoff). So no method of this package takes or returns a vector: vectors live within one loop
     * nest, and arrays join the loops. What of them is used at a time fits the first-level cache. */

    /// Tokens that pass by one group together; their quantised rows stay in the second-level cache.
    static final int BATCH = 64;

    /// Blocks of integers unpacked at a time.
    static final int PANEL_BLOCKS = 8;

    /// Columns in that many blocks.
    static final int PANEL_COLUMNS = PANEL_BLOCKS * Activations.BLOCK;

    /// Blocks whose products are summed by themselves.
    static final int SEGMENT_BLOCKS = PackedWeights.SEGMENT / Activations.BLOCK;

    /// Floats from the dot products of a block to those of the next.
    static final int DOT_STRIDE = FloatPlanes.TILE * PackedWeights.GROUP_ROWS;

    private static final ThreadLocal<Workspace> OWN = ThreadLocal.withInitial(Workspace::new);

    /// Unpacked weights, `[column][16]`.
    final float[] panel = new float[PANEL_COLUMNS * PackedWeights.GROUP_ROWS];

    /// One block as bytes, on its way to the panel.
    final byte[] bytes = new byte[NumberUnpacker.BLOCK_BYTES];

    /// Integer dot products, `[block][8 tokens][16]`.
    final float[] dots = new float[SEGMENT_BLOCKS * DOT_STRIDE];

    /// Scales of the blocks at hand, `[block][16]`; sub-scales that stand for a whole block are multiplied in.
    final float[] scales = new float[SEGMENT_BLOCKS * PackedWeights.GROUP_ROWS];

    /// Minimums of the blocks at hand, `[block][16]`.
    final float[] minimums = new float[SEGMENT_BLOCKS * PackedWeights.GROUP_ROWS];

    /// Sub-scales, or scales, that stand for half a block, `[block][2][16]`.
    final float[] halfScales = new float[2 * SEGMENT_BLOCKS * PackedWeights.GROUP_ROWS];

    /// Sub-minimums that stand for half a block, `[block][2][16]`.
    final float[] halfMinimums = new float[2 * SEGMENT_BLOCKS * PackedWeights.GROUP_ROWS];

    /// The two factors of a super-block, `[2][16]`.
    final float[] factors = new float[2 * PackedWeights.GROUP_ROWS];

    /// Sums of the segment so far, `[slot][16]`; a slot is a token of the batch, or a group where there is one token.
    final float[] sums = new float[BATCH * PackedWeights.GROUP_ROWS];

    /// Sums of the segments that are complete, `[slot][16]`.
    final float[] totals = new float[BATCH * PackedWeights.GROUP_ROWS];

    private Workspace() {}

    /// The workspace of the calling thread.
    static Workspace own() {
        return OWN.get();
    }

    void clearTotals(int firstSlot, int slots) {
        clear(totals, firstSlot, slots);
    }

    void clearSums(int firstSlot, int slots) {
        clear(sums, firstSlot, slots);
    }

    private static void clear(float[] values, int firstSlot, int slots) {
        int from = firstSlot * PackedWeights.GROUP_ROWS;
        Arrays.fill(values, from, from + slots * PackedWeights.GROUP_ROWS, 0f);
    }

    /// Completes a segment.
    void addSumsToTotals(int firstSlot, int slots) {
        int first = firstSlot * PackedWeights.GROUP_ROWS;
        int end = first + slots * PackedWeights.GROUP_ROWS;
        for (int at = first; at < end; at += Lanes.COUNT) {
            FloatVector sum = FloatVector.fromArray(Lanes.FLOATS, sums, at);
            FloatVector.fromArray(Lanes.FLOATS, totals, at).add(sum).intoArray(totals, at);
        }
    }

    /// The slot of a token.
    static int slot(int token) {
        return token % BATCH;
    }
}
