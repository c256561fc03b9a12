package dev.tokamak.kernels.linear;

import java.lang.foreign.MemorySegment;

/// The linear layer in vectors of the Vector API; equal to [ScalarLinear] bit for bit. Immutable.
final class VectorLinear implements Linear {

    /* Tokens are taken in batches whose quantised rows stay in the second-level cache while all groups pass by; within a
     * batch each group, from the first-level cache, meets one tile of 8 tokens after the other. A tile that is cut is
     * computed whole, and the tokens that were not asked for are not stored; a single token has a loop of its own. */

    private static final int BATCH = 64;
    private static final int FLOAT_GROUPS = 4;

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
        int endToken = firstToken + tokenCount;
        int endGroup = firstGroup + groupCount;
        boolean quantized = weights.readsQuantized();
        int token = firstToken;
        while (token < endToken) {
            int batchEnd = Math.min(endToken, (token / BATCH + 1) * BATCH);
            if (quantized) {
                multiplyQuantized(
                        weights,
                        input,
                        token,
                        batchEnd,
                        output,
                        outputStride,
                        firstGroup,
                        endGroup);
            } else {
                multiplyFloats(
                        weights,
                        input,
                        token,
                        batchEnd,
                        output,
                        outputStride,
                        firstGroup,
                        endGroup);
            }
            token = batchEnd;
        }
    }

    private static void multiplyQuantized(
            PackedWeights weights,
            Activations input,
            int firstToken,
            int endToken,
            MemorySegment output,
            long outputStride,
            int firstGroup,
            int endGroup) {
        for (int group = firstGroup; group < endGroup; group++) {
            for (int lane = 0; lane < weights.groupRows(group); lane += Lanes.COUNT) {
                int token = firstToken;
                while (token < endToken) {
                    int tileEnd = (token / Activations.TILE + 1) * Activations.TILE;
                    int count = Math.min(endToken, tileEnd) - token;
                    if (count == 1) {
                        multiplyToken(weights, group, lane, input, token, output, outputStride);
                    } else {
                        multiplyTile(
                                weights, group, lane, input, token, count, output, outputStride);
                    }
                    token += count;
                }
            }
        }
    }

    private static void multiplyTile(
            PackedWeights weights,
            int group,
            int lane,
            Activations input,
            int token,
            int count,
            MemorySegment output,
            long outputStride) {
        switch (weights.layout()) {
            case NIBBLES ->
                    NibbleProduct.multiplyTile(
                            weights, group, lane, input, token, count, output, outputStride);
            case BYTES ->
                    ByteProduct.multiplyTile(
                            weights, group, lane, input, token, count, output, outputStride);
            case SUBSCALED_BYTES ->
                    SubscaledByteProduct.multiplyTile(
                            weights, group, lane, input, token, count, output, outputStride);
            case FLOATS, HALVES -> throw new AssertionError(weights.layout());
        }
    }

    private static void multiplyToken(
            PackedWeights weights,
            int group,
            int lane,
            Activations input,
            int token,
            MemorySegment output,
            long outputStride) {
        switch (weights.layout()) {
            case NIBBLES ->
                    NibbleProduct.multiplyToken(
                            weights, group, lane, input, token, output, outputStride);
            case BYTES ->
                    ByteProduct.multiplyToken(
                            weights, group, lane, input, token, output, outputStride);
            case SUBSCALED_BYTES ->
                    SubscaledByteProduct.multiplyToken(
                            weights, group, lane, input, token, output, outputStride);
            case FLOATS, HALVES -> throw new AssertionError(weights.layout());
        }
    }

    private static void multiplyFloats(
            PackedWeights weights,
            Activations input,
            int firstToken,
            int endToken,
            MemorySegment output,
            long outputStride,
            int firstGroup,
            int endGroup) {
        boolean single = endToken - firstToken == 1;
        boolean halves = weights.layout() == PanelLayout.HALVES;
        int step = single ? FLOAT_GROUPS : 1;
        for (int group = firstGroup; group < endGroup; group += step) {
            int groups = Math.min(step, endGroup - group);
            for (int lane = 0; lane < PackedWeights.GROUP_ROWS; lane += Lanes.COUNT) {
                if (single && halves) {
                    HalfProduct.multiplyGroups(
                            weights, group, groups, lane, input, firstToken, output, outputStride);
                } else if (single) {
                    FloatProduct.multiplyGroups(
                            weights, group, groups, lane, input, firstToken, output, outputStride);
                } else {
                    multiplyFloatTiles(
                            weights,
                            group,
                            lane,
                            input,
                            firstToken,
                            endToken,
                            output,
                            outputStride);
                }
            }
        }
    }

    private static void multiplyFloatTiles(
            PackedWeights weights,
            int group,
            int lane,
            Activations input,
            int firstToken,
            int endToken,
            MemorySegment output,
            long outputStride) {
        boolean halves = weights.layout() == PanelLayout.HALVES;
        for (int token = firstToken; token < endToken; token += Activations.TILE) {
            int count = Math.min(Activations.TILE, endToken - token);
            if (halves) {
                HalfProduct.multiplyTile(
                        weights, group, lane, input, token, count, output, outputStride);
            } else {
                FloatProduct.multiplyTile(
                        weights, group, lane, input, token, count, output, outputStride);
            }
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
