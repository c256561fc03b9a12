package dev.tokamak.kernels.assembler;

import static dev.tokamak.kernels.assembler.Encoding.MAP_0F;
import static dev.tokamak.kernels.assembler.Encoding.MAP_0F38;
import static dev.tokamak.kernels.assembler.Encoding.MAP_0F3A;
import static dev.tokamak.kernels.assembler.Encoding.NONE;
import static dev.tokamak.kernels.assembler.Encoding.P66;

import dev.tokamak.kernels.assembler.Encoding.Tuple;

/// Vector instructions with a destination and two sources, the second of which may be memory.
public enum Ternary {
    VADDPS(0, MAP_0F, 0x58, 0, 0, Tuple.FULL),
    VSUBPS(0, MAP_0F, 0x5C, 0, 0, Tuple.FULL),
    VMULPS(0, MAP_0F, 0x59, 0, 0, Tuple.FULL),
    VDIVPS(0, MAP_0F, 0x5E, 0, 0, Tuple.FULL),
    VMINPS(0, MAP_0F, 0x5D, 0, 0, Tuple.FULL),
    VMAXPS(0, MAP_0F, 0x5F, 0, 0, Tuple.FULL),
    VFMADD132PS(P66, MAP_0F38, 0x98, 0, 0, Tuple.FULL),
    VFMADD213PS(P66, MAP_0F38, 0xA8, 0, 0, Tuple.FULL),
    VFMADD231PS(P66, MAP_0F38, 0xB8, 0, 0, Tuple.FULL),
    VFMSUB213PS(P66, MAP_0F38, 0xAA, 0, 0, Tuple.FULL),
    VFMSUB231PS(P66, MAP_0F38, 0xBA, 0, 0, Tuple.FULL),
    VFNMADD213PS(P66, MAP_0F38, 0xAC, 0, 0, Tuple.FULL),
    VFNMADD231PS(P66, MAP_0F38, 0xBC, 0, 0, Tuple.FULL),
    /// Bitwise and; under EVEX it is `vpandd`.
    VPAND(P66, MAP_0F, 0xDB, 0, 0, Tuple.FULL),
    /// Bitwise and with the first source inverted; under EVEX it is `vpandnd`.
    VPANDN(P66, MAP_0F, 0xDF, 0, 0, Tuple.FULL),
    /// Bitwise or; under EVEX it is `vpord`.
    VPOR(P66, MAP_0F, 0xEB, 0, 0, Tuple.FULL),
    /// Bitwise exclusive or; under EVEX it is `vpxord`.
    VPXOR(P66, MAP_0F, 0xEF, 0, 0, Tuple.FULL),
    VPADDD(P66, MAP_0F, 0xFE, 0, 0, Tuple.FULL),
    VPSUBD(P66, MAP_0F, 0xFA, 0, 0, Tuple.FULL),
    VPMULLD(P66, MAP_0F38, 0x40, 0, 0, Tuple.FULL),
    VPMAXSD(P66, MAP_0F38, 0x3D, 0, 0, Tuple.FULL),
    VPMINSD(P66, MAP_0F38, 0x39, 0, 0, Tuple.FULL),
    VPADDW(P66, MAP_0F, 0xFD, 0, 0, Tuple.FULL_MEMORY),
    VPMADDWD(P66, MAP_0F, 0xF5, 0, 0, Tuple.FULL_MEMORY),
    /// Unsigned bytes of the first source times signed bytes of the second, pairs added to int16 with saturation.
    VPMADDUBSW(P66, MAP_0F38, 0x04, 0, 0, Tuple.FULL_MEMORY),
    VPADDB(P66, MAP_0F, 0xFC, 0, 0, Tuple.FULL_MEMORY),
    VPSUBB(P66, MAP_0F, 0xF8, 0, 0, Tuple.FULL_MEMORY),
    VPSIGNB(P66, MAP_0F38, 0x08, 0, NONE, Tuple.FULL_MEMORY),
    VPSHUFB(P66, MAP_0F38, 0x00, 0, 0, Tuple.FULL_MEMORY),
    VPACKSSDW(P66, MAP_0F, 0x6B, 0, 0, Tuple.FULL),
    VPACKSSWB(P66, MAP_0F, 0x63, 0, 0, Tuple.FULL_MEMORY),
    VPUNPCKLDQ(P66, MAP_0F, 0x62, 0, 0, Tuple.FULL),
    VPUNPCKHDQ(P66, MAP_0F, 0x6A, 0, 0, Tuple.FULL),
    VPUNPCKLQDQ(P66, MAP_0F, 0x6C, 0, 1, Tuple.FULL_64),
    VPUNPCKHQDQ(P66, MAP_0F, 0x6D, 0, 1, Tuple.FULL_64),
    /// Unsigned bytes of the first source times signed bytes of the second, fours added to int32. EVEX: AVX-512 VNNI; VEX:
    /// AVX-VNNI.
    VPDPBUSD(P66, MAP_0F38, 0x50, 0, 0, Tuple.FULL),
    VPERMD(P66, MAP_0F38, 0x36, 0, 0, Tuple.FULL),
    VPERMPS(P66, MAP_0F38, 0x16, 0, 0, Tuple.FULL),
    VPERMT2D(P66, MAP_0F38, 0x7E, NONE, 0, Tuple.FULL),
    VPSLLVD(P66, MAP_0F38, 0x47, 0, 0, Tuple.FULL),
    VPSRLVD(P66, MAP_0F38, 0x45, 0, 0, Tuple.FULL),
    VBLENDMPS(P66, MAP_0F38, 0x65, NONE, 0, Tuple.FULL);

    @SuppressWarnings("ImmutableEnumChecker") // a record of numbers and an enum
    private final Encoding encoding;

    Ternary(int prefix, int map, int opcode, int vexW, int evexW, Tuple tuple) {
        encoding = new Encoding(prefix, map, opcode, vexW, evexW, tuple);
    }

    Encoding encoding() {
        return encoding;
    }

    /// Those of these instructions that have an immediate byte too.
    public enum Immediate {
        /// Any bitwise function of three operands, whose truth table is the immediate.
        VPTERNLOGD(P66, MAP_0F3A, 0x25, NONE, 0, Tuple.FULL),
        VSHUFPS(0, MAP_0F, 0xC6, 0, 0, Tuple.FULL),
        VSHUFF32X4(P66, MAP_0F3A, 0x23, NONE, 0, Tuple.FULL),
        VPERM2F128(P66, MAP_0F3A, 0x06, 0, NONE, Tuple.FULL_MEMORY),
        /// Compares into lanes of all ones or zeros; [MaskCompare] compares into masks.
        VCMPPS(0, MAP_0F, 0xC2, 0, NONE, Tuple.FULL),
        VBLENDPS(P66, MAP_0F3A, 0x0C, 0, NONE, Tuple.FULL_MEMORY),
        VPALIGNR(P66, MAP_0F3A, 0x0F, 0, 0, Tuple.FULL_MEMORY),
        VALIGND(P66, MAP_0F3A, 0x03, NONE, 0, Tuple.FULL);

        @SuppressWarnings("ImmutableEnumChecker") // a record of numbers and an enum
        private final Encoding encoding;

        Immediate(int prefix, int map, int opcode, int vexW, int evexW, Tuple tuple) {
            encoding = new Encoding(prefix, map, opcode, vexW, evexW, tuple);
        }

        Encoding encoding() {
            return encoding;
        }
    }
}
