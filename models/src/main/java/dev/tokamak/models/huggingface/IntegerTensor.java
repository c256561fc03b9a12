package dev.tokamak.models.huggingface;

import dev.tokamak.models.gguf.GgmlType;
import java.lang.foreign.Arena;
import java.util.List;

/// A matrix of integers with factors and zero points: a weight is `scale * (integer - zero)`. It shows itself as the
/// smallest type of GGUF that holds all its weights exactly. Thread-safe.
record IntegerTensor(
        String name,
        int rowCount,
        PackedIntegers integers,
        ZeroPoints zeros,
        Scales scales,
        GgmlType type)
        implements SourceTensor {

    /* A block of GGUF is 32 weights d * x with d in fp16 and x from -8 to 7 (Q4_0), -16 to 15 (Q5_0) or -128 to 127 (Q8_0).
     * Four bits with zero points from 0 to 16 are x from -16 to 15, so Q5_0 holds them; Q4_1 would round scale * zero. */

    static IntegerTensor of(
            String name, int rowCount, PackedIntegers integers, ZeroPoints zeros, Scales scales) {
        ColumnGroups groups = scales.groups();
        GgmlType type = GgmlType.F32;
        if (groups.wholeBlocks() && scales.fitHalf()) {
            type = smallest(rowCount, integers, zeros, groups);
        }
        return new IntegerTensor(name, rowCount, integers, zeros, scales, type);
    }

    private static GgmlType smallest(
            int rowCount, PackedIntegers integers, ZeroPoints zeros, ColumnGroups groups) {
        int lowest = zeros.added();
        int highest = zeros.added();
        if (zeros.stored().isPresent()) {
            lowest = Integer.MAX_VALUE;
            highest = Integer.MIN_VALUE;
            try (Arena arena = Arena.ofConfined()) {
                ZeroPoints.Reader reader = zeros.open(arena);
                for (int row = 0; row < rowCount; row++) {
                    for (int group = 0; group < groups.count(); group++) {
                        int zero = reader.at(row, group);
                        lowest = Math.min(lowest, zero);
                        highest = Math.max(highest, zero);
                    }
                }
            }
        }
        int reach = Math.max(highest, integers.largest() + 1 - lowest);
        if (reach <= 8) {
            return GgmlType.Q4_0;
        }
        if (reach <= 16) {
            return GgmlType.Q5_0;
        }
        return reach <= 128 ? GgmlType.Q8_0 : GgmlType.F32;
    }

    /// Orders the types that these can have: each holds what those before it do.
    static int width(GgmlType type) {
        return switch (type) {
            case Q4_0 -> 0;
            case Q5_0 -> 1;
            case Q8_0 -> 2;
            default -> 3;
        };
    }

    /// The same weights as a type that holds what this one's does.
    IntegerTensor as(GgmlType wider) {
        return new IntegerTensor(name, rowCount, integers, zeros, scales, wider);
    }

    @Override
    public List<Long> shape() {
        return List.of((long) rowCount, (long) scales.groups().columns());
    }

    @Override
    public ElementReader open(Arena owner) {
        return new IntegerReader(this, owner);
    }
}
