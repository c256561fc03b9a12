package dev.tokamak.kernels.linear;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// The vectors of this machine, at most a group of rows wide, and what turns packed words into floats. Immutable.
final class Lanes {

    static final VectorSpecies<Float> FLOATS =
            FloatVector.SPECIES_PREFERRED.length() > PackedWeights.GROUP_ROWS
                    ? FloatVector.SPECIES_512
                    : FloatVector.SPECIES_PREFERRED;
    static final VectorSpecies<Integer> INTS = FLOATS.withLanes(int.class);

    /// Rows in a vector: 16, 8 or 4.
    static final int COUNT = FLOATS.length();

    /* C2 always inlines methods of at most 35 bytes of bytecode. A longer one may be called instead, and then each vector
     * passed to it is an allocated object: so these methods are kept tiny. For the same reason no vector is chosen by a
     * condition within a loop: the two branches would meet in an object. */

    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private Lanes() {}

    /// Stores the first `rows` lanes, all of them when there are no more.
    static void store(FloatVector values, MemorySegment output, long offsetBytes, int rows) {
        if (rows >= COUNT) {
            values.intoMemorySegment(output, offsetBytes, ORDER);
        } else {
            storePart(values, output, offsetBytes, rows);
        }
    }

    private static void storePart(
            FloatVector values, MemorySegment output, long offsetBytes, int rows) {
        values.intoMemorySegment(output, offsetBytes, ORDER, FLOATS.indexInRange(0, rows));
    }

    static FloatVector toFloats(IntVector integers) {
        return (FloatVector) integers.convert(VectorOperators.I2F, 0);
    }

    /// Widens the 16-bit float in the upper half of each lane, given where its exponent lies in the lane.
    ///
    /// The bits are moved to where those of fp32 are and then stand for 1 / `factor` times the value, also when it is
    /// subnormal; only infinity and NaN need an exponent of their own.
    static FloatVector widen(IntVector words, int shift, int kept, int exponent, float factor) {
        IntVector moved = move(words, shift, kept);
        return moved.reinterpretAsFloats()
                .mul(factor)
                .blend(unbounded(moved), isUnbounded(words, exponent));
    }

    private static IntVector move(IntVector words, int shift, int kept) {
        return words.lanewise(VectorOperators.ASHR, shift).and(kept);
    }

    private static FloatVector unbounded(IntVector moved) {
        return moved.or(0x7f800000).reinterpretAsFloats();
    }

    private static VectorMask<Float> isUnbounded(IntVector words, int exponent) {
        return words.and(exponent).eq(exponent).cast(FLOATS);
    }
}
