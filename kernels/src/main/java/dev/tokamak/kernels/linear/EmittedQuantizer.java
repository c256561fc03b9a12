package dev.tokamak.kernels.linear;

import static dev.tokamak.kernels.arithmetic.NativeRange.address;

import dev.tokamak.kernels.arithmetic.EmittedLanes;
import dev.tokamak.kernels.code.CodeMemory;
import dev.tokamak.kernels.code.CodeMemory.Draft;
import dev.tokamak.kernels.code.EmittedFunction;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Quantises rows of activations as machine code, after an RMS norm or as they are; equal to [ScalarLinear] bit for bit.
/// Thread-safe.
final class EmittedQuantizer {

    /// A call answers with one bit for each row.
    private static final int MOST_ROWS = Long.SIZE;

    /// Up to this many values a call is brief.
    private static final int BRIEF_COUNT = 1 << 15;

    private final EmittedFunction quantize;
    private final EmittedFunction rms;

    /// @param vectorBits 256 (AVX2, FMA) or 512 (AVX-512 F, BW, DQ, VL)
    EmittedQuantizer(CodeMemory memory, int vectorBits) {
        List<EmittedFunction> functions =
                memory.publish(
                        List.of(
                                new Draft(
                                        "quantise",
                                        QuantizerCode.write(EmittedLanes.of(vectorBits), false)),
                                new Draft(
                                        "RMS norm and quantise",
                                        QuantizerCode.write(EmittedLanes.of(vectorBits), true))));
        quantize = functions.get(0);
        rms = functions.get(1);
    }

    /// See [Linear#quantize].
    void quantize(Activations activations, int firstToken, int tokenCount) {
        LinearChecks.requireTokens(activations, firstToken, tokenCount);
        for (int done = 0; done < tokenCount; done += MOST_ROWS) {
            int first = firstToken + done;
            int rows = Math.min(MOST_ROWS, tokenCount - done);
            long floats = floats(activations, first, rows);
            mark(
                    activations,
                    first,
                    rows,
                    call(quantize, floats, 0, 0, activations, first, rows, 0));
        }
    }

    /// See [Linear#rmsQuantized].
    void rms(
            MemorySegment input,
            long inputOffsetBytes,
            MemorySegment weight,
            float epsilon,
            Activations output,
            int firstToken,
            int tokenCount) {
        LinearChecks.requireTokens(output, firstToken, tokenCount);
        int columns = output.columns();
        long weights = address(weight, 0, columns);
        for (int done = 0; done < tokenCount; done += MOST_ROWS) {
            int first = firstToken + done;
            int rows = Math.min(MOST_ROWS, tokenCount - done);
            long rowBytes = (long) columns * Float.BYTES;
            long from = address(input, inputOffsetBytes + done * rowBytes, (long) rows * columns);
            long to = floats(output, first, rows);
            mark(output, first, rows, call(rms, from, weights, to, output, first, rows, epsilon));
        }
    }

    private static long floats(Activations activations, int token, int rows) {
        return address(
                activations.floats(),
                activations.offsetBytes(token),
                (long) rows * activations.columns());
    }

    private static long call(
            EmittedFunction function,
            long input,
            long weight,
            long output,
            Activations activations,
            int token,
            int rows,
            float epsilon) {
        BlockRows records = activations.blockRows();
        int columns = activations.columns();
        long shape = columns | (long) rows << Integer.SIZE;
        long epsilonAndStride =
                Integer.toUnsignedLong(Float.floatToRawIntBits(epsilon))
                        | records.rowBytes() << Integer.SIZE;
        long address = records.address(token);
        return (long) rows * columns <= BRIEF_COUNT
                ? function.callBriefly(input, weight, output, address, shape, epsilonAndStride)
                : function.call(input, weight, output, address, shape, epsilonAndStride);
    }

    private static void mark(Activations activations, int first, int rows, long notFinite) {
        for (int row = 0; row < rows; row++) {
            activations.finite(first + row, (notFinite >>> row & 1) == 0);
        }
    }
}
