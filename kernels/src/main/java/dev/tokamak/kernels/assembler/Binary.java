package dev.tokamak.kernels.assembler;

import static dev.tokamak.kernels.assembler.Encoding.MAP_0F;
import static dev.tokamak.kernels.assembler.Encoding.MAP_0F38;
import static dev.tokamak.kernels.assembler.Encoding.MAP_0F3A;
import static dev.tokamak.kernels.assembler.Encoding.NONE;
import static dev.tokamak.kernels.assembler.Encoding.P66;
import static dev.tokamak.kernels.assembler.Encoding.PF3;

import dev.tokamak.kernels.assembler.Encoding.Tuple;

/// Vector instructions with a destination and one source of the same width, which may be memory.
public enum Binary {
    VMOVUPS(0, MAP_0F, 0x10, 0, 0, Tuple.FULL_MEMORY),
    /// Under EVEX it is `vmovdqu32`.
    VMOVDQU(PF3, MAP_0F, 0x6F, 0, 0, Tuple.FULL_MEMORY),
    VMOVDQU8(3, MAP_0F, 0x6F, NONE, 0, Tuple.FULL_MEMORY),
    VCVTDQ2PS(0, MAP_0F, 0x5B, 0, 0, Tuple.FULL),
    /// Rounds as the environment says: to nearest, half to even.
    VCVTPS2DQ(P66, MAP_0F, 0x5B, 0, 0, Tuple.FULL),
    VSQRTPS(0, MAP_0F, 0x51, 0, 0, Tuple.FULL),
    VPABSB(P66, MAP_0F38, 0x1C, 0, 0, Tuple.FULL_MEMORY),
    VPABSD(P66, MAP_0F38, 0x1E, 0, 0, Tuple.FULL);

    @SuppressWarnings("ImmutableEnumChecker") // a record of numbers and an enum
    private final Encoding encoding;

    Binary(int prefix, int map, int opcode, int vexW, int evexW, Tuple tuple) {
        encoding = new Encoding(prefix, map, opcode, vexW, evexW, tuple);
    }

    Encoding encoding() {
        return encoding;
    }

    /// Those of these instructions that have an immediate byte too.
    public enum Immediate {
        VPSHUFD(P66, MAP_0F, 0x70, 0, 0, Tuple.FULL),
        /// Swaps and repeats 32-bit elements within 128 bits.
        VPERMILPS(P66, MAP_0F3A, 0x04, 0, 0, Tuple.FULL),
        VPERMQ(P66, MAP_0F3A, 0x00, 1, 1, Tuple.FULL_64),
        VPERMPD(P66, MAP_0F3A, 0x01, 1, 1, Tuple.FULL_64),
        VROUNDPS(P66, MAP_0F3A, 0x08, 0, NONE, Tuple.FULL_MEMORY),
        VRNDSCALEPS(P66, MAP_0F3A, 0x08, NONE, 0, Tuple.FULL);

        @SuppressWarnings("ImmutableEnumChecker") // a record of numbers and an enum
        private final Encoding encoding;

        Immediate(int prefix, int map, int opcode, int vexW, int evexW, Tuple tuple) {
            encoding = new Encoding(prefix, map, opcode, vexW, evexW, tuple);
        }

        Encoding encoding() {
            return encoding;
        }
    }

    /// Shifts of all lanes by a constant number of bits.
    public enum Shift {
        VPSRLW(0x71, 2, Tuple.FULL_MEMORY),
        VPSRAW(0x71, 4, Tuple.FULL_MEMORY),
        VPSLLW(0x71, 6, Tuple.FULL_MEMORY),
        VPSRLD(0x72, 2, Tuple.FULL),
        VPSRAD(0x72, 4, Tuple.FULL),
        VPSLLD(0x72, 6, Tuple.FULL);

        @SuppressWarnings("ImmutableEnumChecker") // a record of numbers and an enum
        private final Encoding encoding;

        private final int digit;

        Shift(int opcode, int digit, Tuple tuple) {
            encoding = new Encoding(P66, MAP_0F, opcode, 0, 0, tuple);
            this.digit = digit;
        }

        Encoding encoding() {
            return encoding;
        }

        /// What stands in the register field instead of a register.
        int digit() {
            return digit;
        }
    }
}
