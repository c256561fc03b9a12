package dev.tokamak.kernels.linear;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Integer dot products of unpacked blocks and several tokens of a tile. Immutable.
final class TileDots {

    /* The integer dot product of a block is summed in fp32 lanes: all partial sums stay below 2^24, so every order of
     * summation gives the exact integer (with sub-scales the largest is 32 * 32 * 127 * 128 = 16,646,144). A zero dot
     * product is always +0, as it is when an int is converted, since the sum starts with +0. */

    private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
    private static final int ROWS = PackedWeights.GROUP_ROWS;
    private static final int TILE = FloatPlanes.TILE;

    private TileDots() {}

    /// Multiplies the panel's blocks and the quantised values at `quant` of up to 8 tokens.
    static void multiply8(Workspace workspace, int blocks, float[] quants, int quant) {
        float[] panel = workspace.panel;
        float[] dots = workspace.dots;
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            for (int block = 0; block < blocks; block++) {
                int first = block * Activations.BLOCK;
                FloatVector dot0 = FloatVector.zero(FLOATS);
                FloatVector dot1 = FloatVector.zero(FLOATS);
                FloatVector dot2 = FloatVector.zero(FLOATS);
                FloatVector dot3 = FloatVector.zero(FLOATS);
                FloatVector dot4 = FloatVector.zero(FLOATS);
                FloatVector dot5 = FloatVector.zero(FLOATS);
                FloatVector dot6 = FloatVector.zero(FLOATS);
                FloatVector dot7 = FloatVector.zero(FLOATS);
                for (int k = first; k < first + Activations.BLOCK; k++) {
                    FloatVector weight = FloatVector.fromArray(FLOATS, panel, k * ROWS + lane);
                    int x = quant + k * TILE;
                    dot0 = weight.fma(FloatVector.broadcast(FLOATS, quants[x]), dot0);
                    dot1 = weight.fma(FloatVector.broadcast(FLOATS, quants[x + 1]), dot1);
                    dot2 = weight.fma(FloatVector.broadcast(FLOATS, quants[x + 2]), dot2);
                    dot3 = weight.fma(FloatVector.broadcast(FLOATS, quants[x + 3]), dot3);
                    dot4 = weight.fma(FloatVector.broadcast(FLOATS, quants[x + 4]), dot4);
                    dot5 = weight.fma(FloatVector.broadcast(FLOATS, quants[x + 5]), dot5);
                    dot6 = weight.fma(FloatVector.broadcast(FLOATS, quants[x + 6]), dot6);
                    dot7 = weight.fma(FloatVector.broadcast(FLOATS, quants[x + 7]), dot7);
                }
                int to = block * Workspace.DOT_STRIDE + lane;
                dot0.intoArray(dots, to);
                dot1.intoArray(dots, to + ROWS);
                dot2.intoArray(dots, to + 2 * ROWS);
                dot3.intoArray(dots, to + 3 * ROWS);
                dot4.intoArray(dots, to + 4 * ROWS);
                dot5.intoArray(dots, to + 5 * ROWS);
                dot6.intoArray(dots, to + 6 * ROWS);
                dot7.intoArray(dots, to + 7 * ROWS);
            }
        }
    }

    /// The same for up to 4 tokens.
    static void multiply4(Workspace workspace, int blocks, float[] quants, int quant) {
        float[] panel = workspace.panel;
        float[] dots = workspace.dots;
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            for (int block = 0; block < blocks; block++) {
                int first = block * Activations.BLOCK;
                FloatVector dot0 = FloatVector.zero(FLOATS);
                FloatVector dot1 = FloatVector.zero(FLOATS);
                FloatVector dot2 = FloatVector.zero(FLOATS);
                FloatVector dot3 = FloatVector.zero(FLOATS);
                for (int k = first; k < first + Activations.BLOCK; k++) {
                    FloatVector weight = FloatVector.fromArray(FLOATS, panel, k * ROWS + lane);
                    int x = quant + k * TILE;
                    dot0 = weight.fma(FloatVector.broadcast(FLOATS, quants[x]), dot0);
                    dot1 = weight.fma(FloatVector.broadcast(FLOATS, quants[x + 1]), dot1);
                    dot2 = weight.fma(FloatVector.broadcast(FLOATS, quants[x + 2]), dot2);
                    dot3 = weight.fma(FloatVector.broadcast(FLOATS, quants[x + 3]), dot3);
                }
                int to = block * Workspace.DOT_STRIDE + lane;
                dot0.intoArray(dots, to);
                dot1.intoArray(dots, to + ROWS);
                dot2.intoArray(dots, to + 2 * ROWS);
                dot3.intoArray(dots, to + 3 * ROWS);
            }
        }
    }

    /// The same for up to 4 tokens with the halves of a block apart, `[block][2 halves][4 tokens][16]`.
    static void multiplyHalves(Workspace workspace, int blocks, float[] quants, int quant) {
        float[] panel = workspace.panel;
        float[] dots = workspace.dots;
        int columns = Activations.BLOCK / 2;
        for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
            for (int half = 0; half < 2 * blocks; half++) {
                int first = half * columns;
                FloatVector dot0 = FloatVector.zero(FLOATS);
                FloatVector dot1 = FloatVector.zero(FLOATS);
                FloatVector dot2 = FloatVector.zero(FLOATS);
                FloatVector dot3 = FloatVector.zero(FLOATS);
                for (int k = first; k < first + columns; k++) {
                    FloatVector weight = FloatVector.fromArray(FLOATS, panel, k * ROWS + lane);
                    int x = quant + k * TILE;
                    dot0 = weight.fma(FloatVector.broadcast(FLOATS, quants[x]), dot0);
                    dot1 = weight.fma(FloatVector.broadcast(FLOATS, quants[x + 1]), dot1);
                    dot2 = weight.fma(FloatVector.broadcast(FLOATS, quants[x + 2]), dot2);
                    dot3 = weight.fma(FloatVector.broadcast(FLOATS, quants[x + 3]), dot3);
                }
                int to = half * Workspace.DOT_STRIDE / 2 + lane;
                dot0.intoArray(dots, to);
                dot1.intoArray(dots, to + ROWS);
                dot2.intoArray(dots, to + 2 * ROWS);
                dot3.intoArray(dots, to + 3 * ROWS);
            }
        }
    }
}
