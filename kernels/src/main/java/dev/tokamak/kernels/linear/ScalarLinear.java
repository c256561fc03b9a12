package dev.tokamak.kernels.linear;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/// The specification of linear layers: one output after the other, in plain Java. Immutable.
///
/// A block of integer weights adds `fma(weightScale * inputScale, dot, sum)`, with the dot product in int32. Where the
/// halves of a block have integer sub-scales, their products are combined in int32 too, and so are the sums of activations
/// that minimums are multiplied by. Where they have floats of their own (`NVFP4`), each half adds by itself, the first
/// one first.
final class ScalarLinear implements Linear {

    /// The largest value of a block that does not become zero when quantised is at least this.
    static final float SMALLEST_MAXIMUM = 0x1p-100f;

    @Override
    public Activations activations(int capacity, int columns, SegmentAllocator allocator) {
        return Activations.ofBlockRows(capacity, columns, allocator);
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
        QuantizedRows quantized = input.quantized();
        PanelLayout.Scales scales = weights.layout().scales();
        float sum = 0f;
        for (int block = first / Activations.BLOCK; block < end / Activations.BLOCK; block++) {
            float inputScale = quantized.scale(token, block);
            int firstDot = halfDot(weights, row, block, 0, quantized, token);
            int secondDot = halfDot(weights, row, block, 1, quantized, token);
            float scale = PanelReader.scale(weights, row, block, 0) * inputScale;
            if (scales == PanelLayout.Scales.TWO_HALVES) {
                float secondScale = PanelReader.scale(weights, row, block, 1) * inputScale;
                sum = Math.fma(scale, (float) firstDot, sum);
                sum = Math.fma(secondScale, (float) secondDot, sum);
            } else {
                sum = Math.fma(scale, (float) (firstDot + secondDot), sum);
            }
            if (weights.type().hasMinimum()) {
                float minimum = PanelReader.minimum(weights, row, block);
                float scaledSum = inputScale * sum(weights, row, block, quantized, token);
                sum = Math.fma(minimum, scaledSum, sum);
            }
        }
        return sum;
    }

    /// The sum of the activations of a block, those of each half times its sub-minimum.
    private static int sum(
            PackedWeights weights, int row, int block, QuantizedRows quantized, int token) {
        int firstSum = quantized.firstSum(token, block);
        int secondSum = quantized.sum(token, block) - firstSum;
        return PanelReader.subMinimum(weights, row, block, 0) * firstSum
                + PanelReader.subMinimum(weights, row, block, 1) * secondSum;
    }

    /// The product of 16 columns, times their sub-scale.
    private static int halfDot(
            PackedWeights weights,
            int row,
            int block,
            int half,
            QuantizedRows quantized,
            int token) {
        long words = PanelReader.wordOffsetBytes(weights, row, block);
        int sum = 0;
        for (int four = 4 * half; four < 4 * half + 4; four++) {
            int bits = PanelReader.fourQuants(weights, words, four);
            int column = block * Activations.BLOCK + four * 4;
            for (int i = 0; i < 4; i++) {
                int integer = PanelReader.integer(weights, bits, i);
                sum += integer * quantized.quant(token, column + i);
            }
        }
        return PanelReader.subScale(weights, row, block, half) * sum;
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
        QuantizedRows quantized = activations.quantized();
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
        int firstSum = 0;
        int secondSum = 0;
        for (int i = 0; i < Activations.BLOCK; i++) {
            int value = 0;
            if (!zero && i < count) {
                value = (int) Math.rint(floats.get(JAVA_FLOAT, offset + 4L * i) * inverse);
            }
            quantized.writeQuant(token, first + i, value);
            if (i < Activations.BLOCK / 2) {
                firstSum += value;
            } else {
                secondSum += value;
            }
        }
        quantized.writeBlock(token, block, scale, firstSum, secondSum);
    }
}
