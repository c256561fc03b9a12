package dev.tokamak.kernels.assembler;

/// How the opcode of a vector instruction is encoded; the notation is that of Intel's manual, for example
/// `EVEX.66.0F38.W0 50`. Immutable.
///
/// @param prefix the `pp` field: 0 none, 1 for 66, 2 for F3, 3 for F2
/// @param map the opcode map: 1 for 0F, 2 for 0F38, 3 for 0F3A
/// @param vexW the W bit under VEX, or [#NONE] when there is no such form
/// @param evexW the W bit under EVEX, or [#NONE] when there is no such form
/// @param tuple what a memory operand is, which scales one-byte displacements under EVEX
record Encoding(int prefix, int map, int opcode, int vexW, int evexW, Tuple tuple) {

    /// There is no such form.
    static final int NONE = -1;

    static final int P66 = 1;
    static final int PF3 = 2;
    static final int PF2 = 3;

    static final int MAP_0F = 1;
    static final int MAP_0F38 = 2;
    static final int MAP_0F3A = 3;

    /// What a memory operand of an EVEX instruction is.
    enum Tuple {
        /// A full vector, or one 32-bit element that is repeated.
        FULL,
        /// A full vector of 64-bit elements, or one of them repeated.
        FULL_64,
        /// A full vector.
        FULL_MEMORY,
        /// Half a vector.
        HALF_MEMORY,
        /// A quarter of a vector.
        QUARTER_MEMORY,
        /// One byte.
        BYTE,
        /// One 16-bit element.
        WORD,
        /// One 32-bit element.
        SCALAR,
        /// 128 bits.
        QUAD_128,
        /// 256 bits.
        QUAD_256;

        boolean repeats() {
            return this == FULL || this == FULL_64;
        }

        /// The factor of one-byte displacements.
        int displacementUnit(int vectorBytes, boolean broadcast) {
            return switch (this) {
                case FULL -> broadcast ? 4 : vectorBytes;
                case FULL_64 -> broadcast ? 8 : vectorBytes;
                case FULL_MEMORY -> vectorBytes;
                case HALF_MEMORY -> vectorBytes / 2;
                case QUARTER_MEMORY -> vectorBytes / 4;
                case BYTE -> 1;
                case WORD -> 2;
                case SCALAR -> 4;
                case QUAD_128 -> 16;
                case QUAD_256 -> 32;
            };
        }
    }

    // Instructions that are in no table.

    static final Encoding MOVE_FLOAT = scalar(PF3, 0x10, 0);
    static final Encoding STORE_FLOAT = scalar(PF3, 0x11, 0);
    static final Encoding MOVE_FROM_GPR = scalar(P66, 0x6E, 0);
    static final Encoding MOVE_TO_GPR = scalar(P66, 0x7E, 0);
    static final Encoding CONVERT_INTEGER = scalar(PF3, 0x2A, 1);
    static final Encoding COMPARE_FLOAT = scalar(0, 0x2E, 0);
    static final Encoding SIGNS = vex(0, MAP_0F, 0x50);
    static final Encoding MASKED_LOAD = vex(P66, MAP_0F38, 0x2C);
    static final Encoding MASKED_STORE = vex(P66, MAP_0F38, 0x2E);
    static final Encoding BROADCAST_GPR = new Encoding(P66, MAP_0F38, 0x7C, NONE, 0, Tuple.SCALAR);

    private static Encoding vex(int prefix, int map, int opcode) {
        return new Encoding(prefix, map, opcode, 0, NONE, Tuple.FULL_MEMORY);
    }

    private static Encoding scalar(int prefix, int opcode, int w) {
        return new Encoding(prefix, MAP_0F, opcode, w, w, Tuple.SCALAR);
    }

    static final Encoding MASK_FROM_GPR = mask(PF2, 0x92);
    static final Encoding MASK_TO_GPR = mask(PF2, 0x93);
    static final Encoding MASK_AND = mask(0, 0x41);
    static final Encoding MASK_OR = mask(0, 0x45);
    static final Encoding MASK_NOT = mask(0, 0x44);
    static final Encoding MASK_TEST = mask(0, 0x98);

    private static Encoding mask(int prefix, int opcode) {
        return new Encoding(prefix, MAP_0F, opcode, 0, NONE, Tuple.FULL_MEMORY);
    }

    /// An instruction on tiles.
    static Encoding amx(int prefix, int opcode) {
        return new Encoding(prefix, MAP_0F38, opcode, 0, NONE, Tuple.FULL_MEMORY);
    }

    boolean hasVex() {
        return vexW != NONE;
    }

    boolean hasEvex() {
        return evexW != NONE;
    }
}
