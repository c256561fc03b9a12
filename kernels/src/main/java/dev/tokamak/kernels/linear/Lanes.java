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

    private Lanes() {}

    /// Stores the first `rows` lanes, all of them when there are no more.
    static void store(FloatVector values, MemorySegment output, long offsetBytes, int rows) {
        if (rows >= COUNT) {
            values.intoMemorySegment(output, offsetBytes, ByteOrder.nativeOrder());
        } else {
            VectorMask<Float> mask = FLOATS.indexInRange(0, rows);
            values.intoMemorySegment(output, offsetBytes, ByteOrder.nativeOrder(), mask);
        }
    }

    static FloatVector toFloats(IntVector integers) {
        return (FloatVector) integers.convert(VectorOperators.I2F, 0);
    }

    static FloatVector lowBfloats(IntVector words) {
        return words.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    static FloatVector highBfloats(IntVector words) {
        return words.and(0xffff0000).reinterpretAsFloats();
    }

    static FloatVector lowHalves(IntVector words) {
        return highHalves(words.lanewise(VectorOperators.LSHL, 16));
    }

    /// Widens the fp16 in the upper half of each lane. Its exponent and mantissa, moved to where those of fp32 are, stand
    /// for 2^-112 times its value, also when it is subnormal; only infinity and NaN need an exponent of their own.
    static FloatVector highHalves(IntVector words) {
        IntVector moved = words.lanewise(VectorOperators.ASHR, 3).and(0x8fffe000);
        VectorMask<Integer> special = words.and(0x7c000000).eq(0x7c000000);
        FloatVector widened = moved.reinterpretAsFloats().mul(0x1p112f);
        FloatVector unbounded = moved.or(0x7f800000).reinterpretAsFloats();
        return widened.blend(unbounded, special.cast(FLOATS));
    }
}
