package dev.tokamak.kernels.linear;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/// The linear layer in vectors of the Vector API; equal to [ScalarLinear] bit for bit. Immutable.
final class VectorLinear implements Linear {

    /* Tokens are taken in batches that pass by one group of rows after the other. A panel of the group is unpacked to
     * floats once for the batch and multiplied by tiles of 8 tokens; a tile that holds at most 4 takes half the time. The
     * tokens of a tile that were not asked for are computed and not stored. One or two tokens alone are not worth a panel. */

    private static final int MOST_SINGLE_TOKENS = 2;

    @Override
    public Activations activations(int capacity, int columns, SegmentAllocator allocator) {
        return Activations.ofFloatPlanes(capacity, columns, allocator);
    }

    @Override
    public void multiply(
            PackedWeights weights,
            Activations input,
            int firstToken,
            int tokenCount,
            MemorySegment output,
            long outputStride,
            int firstGroup,
            int groupCount) {
        LinearChecks.requireFits(
                weights,
                input,
                firstToken,
                tokenCount,
                output,
                outputStride,
                firstGroup,
                groupCount);
        Workspace workspace = Workspace.own();
        boolean quantized = weights.readsQuantized();
        int endToken = firstToken + tokenCount;
        int endGroup = firstGroup + groupCount;
        int token = firstToken;
        while (token < endToken) {
            int batch = Workspace.BATCH;
            int count = Math.min(endToken, (token / batch + 1) * batch) - token;
            int step = !quantized && count == 1 ? FloatSums.GROUPS : 1;
            for (int group = firstGroup; group < endGroup; group += step) {
                if (quantized) {
                    FloatPlanes planes = input.floatPlanes();
                    multiplyBlocks(weights, group, planes, token, count, workspace);
                    storeTokens(weights, group, token, count, workspace, output, outputStride);
                } else if (count == 1) {
                    int groups = Math.min(step, endGroup - group);
                    multiplyFloatGroups(weights, group, groups, input, token, workspace);
                    storeGroups(weights, group, groups, workspace, output, token * outputStride);
                } else {
                    multiplyFloats(weights, group, input, token, count, workspace);
                    storeTokens(weights, group, token, count, workspace, output, outputStride);
                }
            }
            token += count;
        }
    }

    private static void multiplyBlocks(
            PackedWeights weights,
            int group,
            FloatPlanes input,
            int token,
            int count,
            Workspace workspace) {
        int blocks = weights.blocks();
        boolean few = count <= MOST_SINGLE_TOKENS && !weights.layout().hasNumbers();
        int step = few ? Workspace.SEGMENT_BLOCKS : Workspace.PANEL_BLOCKS;
        int slot = Workspace.slot(token);
        workspace.clearTotals(slot, count);
        for (int first = 0; first < blocks; first += step) {
            int some = Math.min(step, blocks - first);
            if (first % Workspace.SEGMENT_BLOCKS == 0) {
                workspace.clearSums(slot, count);
            }
            HeaderUnpacker.unpack(weights, group, first, some, workspace);
            if (few) {
                multiplyTokens(weights, group, first, some, input, token, count, workspace);
            } else {
                PanelUnpacker.unpackBlocks(weights, group, first, some, workspace);
                multiplyTiles(weights, first, some, input, token, count, workspace);
            }
            int end = first + some;
            if (end % Workspace.SEGMENT_BLOCKS == 0 || end == blocks) {
                workspace.addSumsToTotals(slot, count);
            }
        }
    }

    private static void multiplyTokens(
            PackedWeights weights,
            int group,
            int firstBlock,
            int blocks,
            FloatPlanes input,
            int firstToken,
            int tokenCount,
            Workspace workspace) {
        for (int token = firstToken; token < firstToken + tokenCount; token++) {
            TokenDots.multiply(weights, group, firstBlock, blocks, input, token, workspace);
            addBlocks(weights, firstBlock, blocks, input, token, 1, workspace);
        }
    }

    private static void multiplyTiles(
            PackedWeights weights,
            int firstBlock,
            int blocks,
            FloatPlanes input,
            int firstToken,
            int tokenCount,
            Workspace workspace) {
        int endToken = firstToken + tokenCount;
        int token = firstToken;
        while (token < endToken) {
            int tileEnd = (token / FloatPlanes.TILE + 1) * FloatPlanes.TILE;
            int count = Math.min(endToken, tileEnd) - token;
            int quant = input.quantIndex(token) + firstBlock * Activations.BLOCK * FloatPlanes.TILE;
            if (weights.layout().scales() == PanelLayout.Scales.TWO_HALVES) {
                count = Math.min(count, 4);
                TileDots.multiplyHalves(workspace, blocks, input.quants(), quant);
            } else if (count > 4) {
                TileDots.multiply8(workspace, blocks, input.quants(), quant);
            } else {
                TileDots.multiply4(workspace, blocks, input.quants(), quant);
            }
            addBlocks(weights, firstBlock, blocks, input, token, count, workspace);
            token += count;
        }
    }

    private static void addBlocks(
            PackedWeights weights,
            int firstBlock,
            int blocks,
            FloatPlanes input,
            int token,
            int count,
            Workspace workspace) {
        if (weights.layout().scales() == PanelLayout.Scales.TWO_HALVES) {
            BlockSums.addHalves(firstBlock, blocks, input, token, count, workspace);
            return;
        }
        if (weights.layout().scales() == PanelLayout.Scales.SUPER_AND_NIBBLES) {
            BlockSums.addWithHalfMinimums(firstBlock, blocks, input, token, count, workspace);
        } else if (weights.type().hasMinimum()) {
            BlockSums.addWithMinimums(firstBlock, blocks, input, token, count, workspace);
        } else {
            BlockSums.add(firstBlock, blocks, input, token, count, workspace);
        }
    }

    private static void multiplyFloats(
            PackedWeights weights,
            int group,
            Activations input,
            int firstToken,
            int tokenCount,
            Workspace workspace) {
        int columns = weights.columns();
        int endToken = firstToken + tokenCount;
        workspace.clearTotals(Workspace.slot(firstToken), tokenCount);
        for (int first = 0; first < columns; first += Workspace.PANEL_COLUMNS) {
            int some = Math.min(Workspace.PANEL_COLUMNS, columns - first);
            long offset = weights.columnOffsetBytes(group, first);
            if (first % PackedWeights.SEGMENT == 0) {
                workspace.clearSums(Workspace.slot(firstToken), tokenCount);
            }
            PanelUnpacker.unpackFloats(weights, offset, some, workspace.panel, 0);
            for (int token = firstToken; token < endToken; token += FloatPlanes.TILE) {
                int count = Math.min(FloatPlanes.TILE, endToken - token);
                if (count > 4) {
                    FloatSums.add8(workspace, first, some, input, token, count);
                } else {
                    FloatSums.add4(workspace, first, some, input, token, count);
                }
            }
            int end = first + some;
            if (end % PackedWeights.SEGMENT == 0 || end == columns) {
                workspace.addSumsToTotals(Workspace.slot(firstToken), tokenCount);
            }
        }
    }

    private static void multiplyFloatGroups(
            PackedWeights weights,
            int firstGroup,
            int groups,
            Activations input,
            int token,
            Workspace workspace) {
        int columns = weights.columns();
        boolean packed = weights.layout() == PanelLayout.F32;
        int step = packed ? PackedWeights.SEGMENT : FloatSums.GROUP_COLUMNS;
        workspace.clearTotals(0, FloatSums.GROUPS);
        for (int first = 0; first < columns; first += step) {
            int some = Math.min(step, columns - first);
            if (first % PackedWeights.SEGMENT == 0) {
                workspace.clearSums(0, FloatSums.GROUPS);
            }
            if (packed) {
                FloatSums.addPackedGroups(
                        weights, firstGroup, groups, first, some, input, token, workspace);
            } else {
                unpackGroups(weights, firstGroup, groups, first, some, workspace.panel);
                FloatSums.addGroups(workspace, first, some, input, token);
            }
            int end = first + some;
            if (end % PackedWeights.SEGMENT == 0 || end == columns) {
                workspace.addSumsToTotals(0, FloatSums.GROUPS);
            }
        }
    }

    private static void unpackGroups(
            PackedWeights weights,
            int firstGroup,
            int groups,
            int firstColumn,
            int columns,
            float[] panel) {
        for (int i = 0; i < groups; i++) {
            long offset = weights.columnOffsetBytes(firstGroup + i, firstColumn);
            int to = i * FloatSums.GROUP_COLUMNS;
            PanelUnpacker.unpackFloats(weights, offset, columns, panel, to);
        }
    }

    private static void storeTokens(
            PackedWeights weights,
            int group,
            int firstToken,
            int count,
            Workspace workspace,
            MemorySegment output,
            long outputStride) {
        int rows = weights.groupRows(group);
        long row = (long) group * PackedWeights.GROUP_ROWS;
        for (int i = 0; i < count; i++) {
            long at = ((firstToken + i) * outputStride + row) * Float.BYTES;
            store(workspace.totals, Workspace.slot(firstToken + i), output, at, rows);
        }
    }

    private static void storeGroups(
            PackedWeights weights,
            int firstGroup,
            int groups,
            Workspace workspace,
            MemorySegment output,
            long firstIndex) {
        for (int i = 0; i < groups; i++) {
            int group = firstGroup + i;
            long at = (firstIndex + (long) group * PackedWeights.GROUP_ROWS) * Float.BYTES;
            store(workspace.totals, i, output, at, weights.groupRows(group));
        }
    }

    private static void store(
            float[] totals, int slot, MemorySegment output, long offsetBytes, int rows) {
        int from = slot * PackedWeights.GROUP_ROWS;
        if (rows < PackedWeights.GROUP_ROWS) {
            MemorySegment.copy(totals, from, output, JAVA_FLOAT, offsetBytes, rows);
            return;
        }
        for (int lane = 0; lane < PackedWeights.GROUP_ROWS; lane += Lanes.COUNT) {
            long at = offsetBytes + (long) lane * Float.BYTES;
            FloatVector.fromArray(Lanes.FLOATS, totals, from + lane)
                    .intoMemorySegment(output, at, ByteOrder.nativeOrder());
        }
    }

    @Override
    public void quantize(Activations activations, int firstToken, int tokenCount) {
        LinearChecks.requireTokens(activations, firstToken, tokenCount);
        for (int token = firstToken; token < firstToken + tokenCount; token++) {
            VectorQuantizer.quantize(activations, token);
        }
    }
}
