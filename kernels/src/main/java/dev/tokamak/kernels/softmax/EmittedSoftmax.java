package dev.tokamak.kernels.softmax;

import static dev.tokamak.kernels.arithmetic.NativeRange.address;

import dev.tokamak.kernels.arithmetic.EmittedLanes;
import dev.tokamak.kernels.code.CodeMemory;
import dev.tokamak.kernels.code.CodeMemory.Draft;
import dev.tokamak.kernels.code.EmittedFunction;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Softmax as machine code. Thread-safe.
final class EmittedSoftmax implements Softmax {

    /// Up to this many logits a call is brief.
    private static final int BRIEF_COUNT = 1 << 13;

    private final EmittedFunction argMax;
    private final EmittedFunction exponentials;
    private final EmittedFunction sumOfExponentials;
    private final EmittedFunction atLeast;

    EmittedSoftmax(CodeMemory memory, int vectorBits) {
        List<EmittedFunction> functions =
                memory.publish(
                        List.of(
                                new Draft(
                                        "largest logit",
                                        ExtremesCode.argMax(EmittedLanes.of(vectorBits))),
                                new Draft(
                                        "exponentials",
                                        ExponentialsCode.write(EmittedLanes.of(vectorBits), true)),
                                new Draft(
                                        "sum of exponentials",
                                        ExponentialsCode.write(EmittedLanes.of(vectorBits), false)),
                                new Draft(
                                        "logits at least",
                                        ExtremesCode.atLeast(EmittedLanes.of(vectorBits)))));
        argMax = functions.get(0);
        exponentials = functions.get(1);
        sumOfExponentials = functions.get(2);
        atLeast = functions.get(3);
    }

    @Override
    public int argMax(MemorySegment logits, long offsetBytes, int count) {
        if (count < 1) {
            return -1;
        }
        long address = address(logits, offsetBytes, count);
        return (int) call(argMax, address, 0, count, 0);
    }

    @Override
    public int argMax(MemorySegment logits, long offsetBytes, int count, MemorySegment maxima) {
        if (count < 1) {
            return -1;
        }
        long address = address(logits, offsetBytes, count);
        return (int) call(argMax, address, address(maxima, 0, Softmax.maxima(count)), count, 0);
    }

    @Override
    public float exponentials(
            MemorySegment logits,
            long offsetBytes,
            int count,
            float inverseTemperature,
            MemorySegment output,
            long outputOffsetBytes) {
        if (count < 1) {
            return 0f;
        }
        long sumAndMax =
                call(
                        exponentials,
                        address(logits, offsetBytes, count),
                        address(output, outputOffsetBytes, count),
                        count,
                        Float.floatToRawIntBits(inverseTemperature));
        return Float.intBitsToFloat((int) sumAndMax);
    }

    @Override
    public double logSumExp(MemorySegment logits, long offsetBytes, int count) {
        if (count < 1) {
            return Double.NEGATIVE_INFINITY;
        }
        long sumAndMax = call(sumOfExponentials, address(logits, offsetBytes, count), 0, count, 0);
        float sum = Float.intBitsToFloat((int) sumAndMax);
        float max = Float.intBitsToFloat((int) (sumAndMax >>> Integer.SIZE));
        return max + StrictMath.log(sum);
    }

    @Override
    public int atLeast(
            MemorySegment values,
            long offsetBytes,
            int count,
            float threshold,
            MemorySegment indices) {
        if (count < 1) {
            return 0;
        }
        return (int)
                call(
                        atLeast,
                        address(values, offsetBytes, count),
                        address(indices, 0, count),
                        count,
                        Float.floatToRawIntBits(threshold));
    }

    private static long call(EmittedFunction function, long a, long b, int count, long d) {
        return count <= BRIEF_COUNT
                ? function.callBriefly(a, b, count, d, 0, 0)
                : function.call(a, b, count, d, 0, 0);
    }
}
