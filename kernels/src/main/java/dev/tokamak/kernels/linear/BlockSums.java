package dev.tokamak.kernels.linear;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Adds the scaled dot products of blocks to the sums of a segment, block after block. Immutable.
final class BlockSums {

    private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
    private static final int ROWS = PackedWeights.GROUP_ROWS;

    private BlockSums() {}

    /// Adds `scale * dot` of each block in [Workspace#dots] to the sums of `count` tokens from `token`.
    static void add(
            int firstBlock,
            int blocks,
            FloatPlanes input,
            int token,
            int count,
            Workspace workspace) {
        float[] weightScales = workspace.scales;
        float[] dots = workspace.dots;
        float[] sums = workspace.sums;
        float[] scales = input.scales();
        int parameters = input.blockIndex(token) + firstBlock * FloatPlanes.TILE;
        int slot = Workspace.slot(token);
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            for (int t = 0; t < count; t++) {
                int to = (slot + t) * ROWS + lane;
                FloatVector sum = FloatVector.fromArray(FLOATS, sums, to);
                for (int block = 0; block < blocks; block++) {
                    int at = block * ROWS + lane;
                    FloatVector scale = FloatVector.fromArray(FLOATS, weightScales, at);
                    int dot = block * Workspace.DOT_STRIDE + t * ROWS + lane;
                    float inputScale = scales[parameters + t + block * FloatPlanes.TILE];
                    sum = scale.mul(inputScale).fma(FloatVector.fromArray(FLOATS, dots, dot), sum);
                }
                sum.intoArray(sums, to);
            }
        }
    }

    /// The same, and adds each block's minimum times the sum of its activations.
    static void addWithMinimums(
            int firstBlock,
            int blocks,
            FloatPlanes input,
            int token,
            int count,
            Workspace workspace) {
        float[] weightScales = workspace.scales;
        float[] dots = workspace.dots;
        float[] sums = workspace.sums;
        float[] scales = input.scales();
        float[] minimums = workspace.minimums;
        float[] scaledSums = input.scaledSums();
        int parameters = input.blockIndex(token) + firstBlock * FloatPlanes.TILE;
        int slot = Workspace.slot(token);
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            for (int t = 0; t < count; t++) {
                int to = (slot + t) * ROWS + lane;
                FloatVector sum = FloatVector.fromArray(FLOATS, sums, to);
                for (int block = 0; block < blocks; block++) {
                    int at = block * ROWS + lane;
                    FloatVector scale = FloatVector.fromArray(FLOATS, weightScales, at);
                    FloatVector minimum = FloatVector.fromArray(FLOATS, minimums, at);
                    int dot = block * Workspace.DOT_STRIDE + t * ROWS + lane;
                    int parameter = parameters + t + block * FloatPlanes.TILE;
                    float inputScale = scales[parameter];
                    sum = scale.mul(inputScale).fma(FloatVector.fromArray(FLOATS, dots, dot), sum);
                    sum = minimum.fma(FloatVector.broadcast(FLOATS, scaledSums[parameter]), sum);
                }
                sum.intoArray(sums, to);
            }
        }
    }

    /// The same where minimums are multiplied by the sums of both halves' activations, times their sub-minimums: integers
    /// below 2^24, so these sums are exact.
    static void addWithHalfMinimums(
            int firstBlock,
            int blocks,
            FloatPlanes input,
            int token,
            int count,
            Workspace workspace) {
        float[] weightScales = workspace.scales;
        float[] dots = workspace.dots;
        float[] sums = workspace.sums;
        float[] scales = input.scales();
        float[] minimums = workspace.minimums;
        float[] halfMinimums = workspace.halfMinimums;
        float[] quantSums = input.sums();
        float[] firstSums = input.firstSums();
        int parameters = input.blockIndex(token) + firstBlock * FloatPlanes.TILE;
        int slot = Workspace.slot(token);
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            for (int t = 0; t < count; t++) {
                int to = (slot + t) * ROWS + lane;
                FloatVector sum = FloatVector.fromArray(FLOATS, sums, to);
                for (int block = 0; block < blocks; block++) {
                    int at = block * ROWS + lane;
                    FloatVector scale = FloatVector.fromArray(FLOATS, weightScales, at);
                    FloatVector minimum = FloatVector.fromArray(FLOATS, minimums, at);
                    FloatVector first = FloatVector.fromArray(FLOATS, halfMinimums, 2 * at - lane);
                    FloatVector second =
                            FloatVector.fromArray(FLOATS, halfMinimums, 2 * at - lane + ROWS);
                    int dot = block * Workspace.DOT_STRIDE + t * ROWS + lane;
                    int parameter = parameters + t + block * FloatPlanes.TILE;
                    float inputScale = scales[parameter];
                    float firstSum = firstSums[parameter];
                    float secondSum = quantSums[parameter] - firstSum;
                    sum = scale.mul(inputScale).fma(FloatVector.fromArray(FLOATS, dots, dot), sum);
                    /* Adding +0 turns the -0 of 0 times a negative sum into the +0 of integers. */
                    FloatVector scaledSum =
                            first.mul(firstSum).add(second.mul(secondSum)).add(0f).mul(inputScale);
                    sum = minimum.fma(scaledSum, sum);
                }
                sum.intoArray(sums, to);
            }
        }
    }

    /// Adds the dot products of each half of a block, `[block][2 halves][4 tokens][16]`, scaled by itself, for at most 4
    /// tokens.
    static void addHalves(
            int firstBlock,
            int blocks,
            FloatPlanes input,
            int token,
            int count,
            Workspace workspace) {
        float[] weightScales = workspace.halfScales;
        float[] dots = workspace.dots;
        float[] sums = workspace.sums;
        float[] scales = input.scales();
        int parameters = input.blockIndex(token) + firstBlock * FloatPlanes.TILE;
        int slot = Workspace.slot(token);
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            for (int t = 0; t < count; t++) {
                int to = (slot + t) * ROWS + lane;
                FloatVector sum = FloatVector.fromArray(FLOATS, sums, to);
                for (int half = 0; half < 2 * blocks; half++) {
                    FloatVector scale =
                            FloatVector.fromArray(FLOATS, weightScales, half * ROWS + lane);
                    int dot = half * Workspace.DOT_STRIDE / 2 + t * ROWS + lane;
                    float inputScale = scales[parameters + t + half / 2 * FloatPlanes.TILE];
                    sum = scale.mul(inputScale).fma(FloatVector.fromArray(FLOATS, dots, dot), sum);
                }
                sum.intoArray(sums, to);
            }
        }
    }
}
