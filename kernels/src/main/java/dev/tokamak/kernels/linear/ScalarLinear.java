package dev.tokamak.kernels.linear;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.tokamak.kernels.format.TensorType;
import java.lang.foreign.MemorySegment;

/// The specification of linear layers: one output after the other, in plain Java. Immutable.
final class ScalarLinear implements Linear {

    /// The largest value of a block that does not become zero when quantised is at least this.
    static final float SMALLEST_MAXIMUM = 0x1p-100f;

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
        int firstRow = firstGroup * PackedWeights.GROUP_ROWS;
        int endRow = Math.min(weights.rows(), firstRow + groupCount * PackedWeights.GROUP_ROWS);
        for (int row = firstRow; row < endRow; row++) {
            for (int token = firstToken; token < firstToken + tokenCount; token++) {
                float value = output(weights, row, input, token);
                output.setAtIndex(JAVA_FLOAT, token * outputStride + row, value);
            }
        }
    }

    private static float output(PackedWeights weights, int row, Activations input, int token) {
        float total = 0f;
        for (int first = 0; first < weights.columns(); first += PackedWeights.SEGMENT) {
            int end = Math.min(weights.columns(), first + PackedWeights.SEGMENT);
            total +=
                    weights.readsQuantized()
                            ? quantizedSegment(weights, row, input, token, first, end)
                            : floatSegment(weights, row, input, token, first, end);
        }
        return total;
    }

    private static float floatSegment(
            PackedWeights weights, int row, Activations input, int token, int first, int end) {
        MemorySegment floats = input.floats();
        long offset = input.offsetBytes(token);
        float sum = 0f;
        for (int k = first; k < end; k++) {
            float x = floats.get(JAVA_FLOAT, offset + (long) k * Float.BYTES);
            sum = Math.fma(PanelReader.floatWeight(weights, row, k), x, sum);
        }
        return sum;
    }

    private static float quantizedSegment(
            PackedWeights weights, int row, Activations input, int token, int first, int end) {
        TensorType type = weights.type();
        boolean hasMinimum = type.hasMinimum();
        float sum = 0f;
        for (int block = first / Activations.BLOCK; block < end / Activations.BLOCK; block++) {
            int quants = input.quantIndex(token) + block * Activations.BLOCK * Activations.TILE;
            int parameters = input.blockIndex(token) + block * Activations.TILE;
            int dot = dot(weights, row, block, input.quants(), quants);
            float scale = PanelReader.scale(weights, row, block) * input.scales()[parameters];
            sum = Math.fma(scale, (float) dot, sum);
            if (hasMinimum) {
                float minimum = PanelReader.minimum(weights, row, block);
                float scaledSum = input.scales()[parameters] * input.sums()[parameters];
                sum = Math.fma(minimum, scaledSum, sum);
            }
        }
        return sum;
    }

    private static int dot(
            PackedWeights weights, int row, int block, float[] quants, int firstQuant) {
        return switch (weights.layout()) {
            case NIBBLES -> nibbleDot(weights, row, block, quants, firstQuant);
            case BYTES -> byteDot(weights, row, block, quants, firstQuant, 0, 8);
            case SUBSCALED_BYTES -> {
                int scales = PanelReader.subScales(weights, row, block);
                yield (short) scales * byteDot(weights, row, block, quants, firstQuant, 0, 4)
                        + (scales >> 16) * byteDot(weights, row, block, quants, firstQuant, 4, 8);
            }
            case FLOATS, HALVES -> throw new AssertionError(weights.layout());
        };
    }

    private static int nibbleDot(
            PackedWeights weights, int row, int block, float[] quants, int firstQuant) {
        int bias = PanelLayout.bias(weights.type());
        MemorySegment memory = weights.memory();
        long offset = PanelReader.wordOffsetBytes(weights, row, block);
        int sum = 0;
        for (int word = 0; word < 4; word++) {
            int bits = memory.get(JAVA_INT, offset + (long) word * PanelLayout.WORD_BYTES);
            int low = firstQuant + word * 8 * Activations.TILE;
            int high = low + 4 * Activations.TILE;
            for (int i = 0; i < 4; i++) {
                int pair = bits >>> (8 * i);
                sum += ((pair & 15) - bias) * (int) quants[low + i * Activations.TILE];
                sum += ((pair >>> 4 & 15) - bias) * (int) quants[high + i * Activations.TILE];
            }
        }
        return sum;
    }

    private static int byteDot(
            PackedWeights weights,
            int row,
            int block,
            float[] quants,
            int firstQuant,
            int firstWord,
            int endWord) {
        MemorySegment memory = weights.memory();
        long offset = PanelReader.wordOffsetBytes(weights, row, block);
        int sum = 0;
        for (int word = firstWord; word < endWord; word++) {
            int bits = memory.get(JAVA_INT, offset + (long) word * PanelLayout.WORD_BYTES);
            int quant = firstQuant + word * 4 * Activations.TILE;
            for (int i = 0; i < 4; i++) {
                sum += (byte) (bits >>> (8 * i)) * (int) quants[quant + i * Activations.TILE];
            }
        }
        return sum;
    }

    @Override
    public void quantize(Activations activations, int firstToken, int tokenCount) {
        LinearChecks.requireTokens(activations, firstToken, tokenCount);
        for (int token = firstToken; token < firstToken + tokenCount; token++) {
            activations.finite(token, true);
            for (int block = 0; block < activations.blocks(); block++) {
                quantizeBlock(activations, token, block);
            }
        }
    }

    private static void quantizeBlock(Activations activations, int token, int block) {
        MemorySegment floats = activations.floats();
        int first = block * Activations.BLOCK;
        int count = Math.min(Activations.BLOCK, activations.columns() - first);
        long offset = activations.offsetBytes(token) + (long) first * Float.BYTES;
        float maximum = 0f;
        for (int i = 0; i < count; i++) {
            maximum = Math.max(maximum, Math.abs(floats.get(JAVA_FLOAT, offset + 4L * i)));
        }
        if (!Float.isFinite(maximum)) {
            activations.finite(token, false);
        }
        boolean zero = !Float.isFinite(maximum) || maximum < SMALLEST_MAXIMUM;
        float scale = zero ? 0f : maximum / 127f;
        float inverse = zero ? 0f : 127f / maximum;
        int quant = activations.quantIndex(token) + first * Activations.TILE;
        int sum = 0;
        for (int i = 0; i < count; i++) {
            float x = floats.get(JAVA_FLOAT, offset + 4L * i);
            int value = zero ? 0 : (int) Math.rint(x * inverse);
            activations.quants()[quant + i * Activations.TILE] = value;
            sum += value;
        }
        int parameters = activations.blockIndex(token) + block * Activations.TILE;
        activations.scales()[parameters] = scale;
        activations.sums()[parameters] = sum;
        activations.scaledSums()[parameters] = scale * sum;
    }
}
