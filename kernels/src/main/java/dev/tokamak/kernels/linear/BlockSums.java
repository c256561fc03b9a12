package dev.tokamak.kernels.linear;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Adds the scaled dot products of blocks to the sums of a segment, block after block. Immutable.
final class BlockSums {

    private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int ROWS = PackedWeights.GROUP_ROWS;

    private BlockSums() {}

    /// Adds `scale * dot` of each block in [Workspace#dots] to the sums of `count` tokens from `token`.
    ///
    /// @param offset where the first of the blocks starts in the memory of the weights
    static void add(
            PackedWeights weights,
            long offset,
            int firstBlock,
            int blocks,
            Activations input,
            int token,
            int count,
            Workspace workspace) {
        MemorySegment memory = weights.memory();
        int blockBytes = PanelLayout.blockBytes(weights.type());
        float[] dots = workspace.dots;
        float[] sums = workspace.sums;
        float[] scales = input.scales();
        int parameters = input.blockIndex(token) + firstBlock * Activations.TILE;
        int slot = Workspace.slot(token);
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            for (int t = 0; t < count; t++) {
                int to = (slot + t) * ROWS + lane;
                FloatVector sum = FloatVector.fromArray(FLOATS, sums, to);
                for (int block = 0; block < blocks; block++) {
                    long at = offset + (long) block * blockBytes + (long) lane * Float.BYTES;
                    FloatVector scale = FloatVector.fromMemorySegment(FLOATS, memory, at, ORDER);
                    int dot = block * Workspace.DOT_STRIDE + t * ROWS + lane;
                    float inputScale = scales[parameters + t + block * Activations.TILE];
                    sum = scale.mul(inputScale).fma(FloatVector.fromArray(FLOATS, dots, dot), sum);
                }
                sum.intoArray(sums, to);
            }
        }
    }

    /// The same, and adds each block's minimum times the sum of its activations.
    static void addWithMinimums(
            PackedWeights weights,
            long offset,
            int firstBlock,
            int blocks,
            Activations input,
            int token,
            int count,
            Workspace workspace) {
        MemorySegment memory = weights.memory();
        int blockBytes = PanelLayout.blockBytes(weights.type());
        float[] dots = workspace.dots;
        float[] sums = workspace.sums;
        float[] scales = input.scales();
        float[] scaledSums = input.scaledSums();
        int parameters = input.blockIndex(token) + firstBlock * Activations.TILE;
        int slot = Workspace.slot(token);
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            for (int t = 0; t < count; t++) {
                int to = (slot + t) * ROWS + lane;
                FloatVector sum = FloatVector.fromArray(FLOATS, sums, to);
                for (int block = 0; block < blocks; block++) {
                    long at = offset + (long) block * blockBytes + (long) lane * Float.BYTES;
                    FloatVector scale = FloatVector.fromMemorySegment(FLOATS, memory, at, ORDER);
                    FloatVector minimum =
                            FloatVector.fromMemorySegment(
                                    FLOATS, memory, at + PanelLayout.WORD_BYTES, ORDER);
                    int dot = block * Workspace.DOT_STRIDE + t * ROWS + lane;
                    int parameter = parameters + t + block * Activations.TILE;
                    float inputScale = scales[parameter];
                    sum = scale.mul(inputScale).fma(FloatVector.fromArray(FLOATS, dots, dot), sum);
                    sum = minimum.fma(FloatVector.broadcast(FLOATS, scaledSums[parameter]), sum);
                }
                sum.intoArray(sums, to);
            }
        }
    }
}
