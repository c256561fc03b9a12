package dev.tokamak.kernels.assembler;

import static dev.tokamak.kernels.assembler.Encoding.MAP_0F;
import static dev.tokamak.kernels.assembler.Encoding.MAP_0F38;
import static dev.tokamak.kernels.assembler.Encoding.MAP_0F3A;
import static dev.tokamak.kernels.assembler.Encoding.NONE;
import static dev.tokamak.kernels.assembler.Encoding.P66;
import static dev.tokamak.kernels.assembler.Encoding.PF3;

import dev.tokamak.kernels.assembler.Encoding.Tuple;

/// Vector instructions that write a register, or its narrowed elements, to memory.
public enum Store {
    VMOVUPS(0, MAP_0F, 0x11, 0, 0, Tuple.FULL_MEMORY),
    /// Under EVEX it is `vmovdqu32`.
    VMOVDQU(PF3, MAP_0F, 0x7F, 0, 0, Tuple.FULL_MEMORY),
    /// Without bringing the line into the cache; the address must be aligned to the vector.
    VMOVNTPS(0, MAP_0F, 0x2B, 0, 0, Tuple.FULL_MEMORY),
    /// The low byte of each 32-bit element.
    VPMOVDB(PF3, MAP_0F38, 0x31, NONE, 0, Tuple.QUARTER_MEMORY),
    /// The low 16 bits of each 32-bit element.
    VPMOVDW(PF3, MAP_0F38, 0x33, NONE, 0, Tuple.HALF_MEMORY);

    @SuppressWarnings("ImmutableEnumChecker") // a record of numbers and an enum
    private final Encoding encoding;

    Store(int prefix, int map, int opcode, int vexW, int evexW, Tuple tuple) {
        encoding = new Encoding(prefix, map, opcode, vexW, evexW, tuple);
    }

    Encoding encoding() {
        return encoding;
    }

    /// Narrowing with an immediate byte: to memory, or to a register of half the width or less.
    public enum Immediate {
        /// fp32 to fp16; immediate 0 rounds to nearest, half to even.
        VCVTPS2PH(0x1D, 0, 0, Tuple.HALF_MEMORY),
        /// One of the two halves of 256 bits.
        VEXTRACTF128(0x19, 0, NONE, Tuple.QUAD_128),
        /// One of the 128-bit quarters.
        VEXTRACTF32X4(0x19, NONE, 0, Tuple.QUAD_128),
        /// One of the two halves of 512 bits.
        VEXTRACTF64X4(0x1B, NONE, 1, Tuple.QUAD_256);

        @SuppressWarnings("ImmutableEnumChecker") // a record of numbers and an enum
        private final Encoding encoding;

        Immediate(int opcode, int vexW, int evexW, Tuple tuple) {
            encoding = new Encoding(P66, MAP_0F3A, opcode, vexW, evexW, tuple);
        }

        Encoding encoding() {
            return encoding;
        }
    }
}
