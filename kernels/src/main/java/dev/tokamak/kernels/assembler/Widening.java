package dev.tokamak.kernels.assembler;

import static dev.tokamak.kernels.assembler.Encoding.MAP_0F38;
import static dev.tokamak.kernels.assembler.Encoding.NONE;
import static dev.tokamak.kernels.assembler.Encoding.P66;

import dev.tokamak.kernels.assembler.Encoding.Tuple;

/// Vector instructions whose source, a register or memory, is narrower than the destination.
public enum Widening {
    /// fp16 to fp32, exactly.
    VCVTPH2PS(0x13, 0, 0, Tuple.HALF_MEMORY),
    VPMOVZXBW(0x30, 0, 0, Tuple.HALF_MEMORY),
    VPMOVSXBW(0x20, 0, 0, Tuple.HALF_MEMORY),
    VPMOVZXBD(0x31, 0, 0, Tuple.QUARTER_MEMORY),
    VPMOVSXBD(0x21, 0, 0, Tuple.QUARTER_MEMORY),
    VPMOVZXWD(0x33, 0, 0, Tuple.HALF_MEMORY),
    VPMOVSXWD(0x23, 0, 0, Tuple.HALF_MEMORY),
    /// The first 32-bit element of the source in all lanes.
    VBROADCASTSS(0x18, 0, 0, Tuple.SCALAR),
    /// The first 32-bit element of the source in all lanes.
    VPBROADCASTD(0x58, 0, 0, Tuple.SCALAR),
    VPBROADCASTB(0x78, 0, 0, Tuple.BYTE),
    VPBROADCASTW(0x79, 0, 0, Tuple.WORD),
    /// 128 bits of memory in every 128 bits; the source cannot be a register. 256-bit destinations take VEX.
    VBROADCASTF128(0x1A, 0, NONE, Tuple.QUAD_128),
    /// 128 bits of memory in every 128 bits; the source cannot be a register.
    VBROADCASTF32X4(0x1A, NONE, 0, Tuple.QUAD_128),
    /// 256 bits of memory in both halves; the source cannot be a register.
    VBROADCASTF64X4(0x1B, NONE, 1, Tuple.QUAD_256);

    @SuppressWarnings("ImmutableEnumChecker") // a record of numbers and an enum
    private final Encoding encoding;

    Widening(int opcode, int vexW, int evexW, Tuple tuple) {
        encoding = new Encoding(P66, MAP_0F38, opcode, vexW, evexW, tuple);
    }

    Encoding encoding() {
        return encoding;
    }
}
