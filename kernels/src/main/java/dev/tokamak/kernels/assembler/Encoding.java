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

    boolean hasVex() {
        return vexW != NONE;
    }

    boolean hasEvex() {
        return evexW != NONE;
    }
}
