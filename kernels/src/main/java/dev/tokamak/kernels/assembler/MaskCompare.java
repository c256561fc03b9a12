package dev.tokamak.kernels.assembler;

import static dev.tokamak.kernels.assembler.Encoding.MAP_0F;
import static dev.tokamak.kernels.assembler.Encoding.MAP_0F3A;
import static dev.tokamak.kernels.assembler.Encoding.NONE;
import static dev.tokamak.kernels.assembler.Encoding.P66;

import dev.tokamak.kernels.assembler.Encoding.Tuple;

/// EVEX comparisons of lanes into a mask; the immediate byte is the predicate.
public enum MaskCompare {
    VCMPPS(0, MAP_0F, 0xC2),
    VPCMPD(P66, MAP_0F3A, 0x1F),
    VPCMPUD(P66, MAP_0F3A, 0x1E);

    /// Predicates of [#VPCMPD], and of [#VCMPPS] for numbers that are not NaN.
    public static final int EQUAL = 0;

    public static final int LESS = 1;
    public static final int LESS_OR_EQUAL = 2;

    /// Predicate of [#VCMPPS]: either is NaN.
    public static final int UNORDERED = 3;

    public static final int NOT_EQUAL = 4;
    public static final int NOT_LESS = 5;
    public static final int NOT_LESS_OR_EQUAL = 6;

    /// Predicate of [#VCMPPS]: greater, false where either is NaN; raises no exception for a quiet NaN.
    public static final int GREATER_QUIET = 0x1E;

    /// Predicate of [#VCMPPS]: less, false where either is NaN; raises no exception for a quiet NaN.
    public static final int LESS_QUIET = 0x11;

    @SuppressWarnings("ImmutableEnumChecker") // a record of numbers and an enum
    private final Encoding encoding;

    MaskCompare(int prefix, int map, int opcode) {
        encoding = new Encoding(prefix, map, opcode, NONE, 0, Tuple.FULL);
    }

    Encoding encoding() {
        return encoding;
    }
}
