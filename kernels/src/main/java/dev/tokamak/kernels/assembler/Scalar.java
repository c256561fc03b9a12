package dev.tokamak.kernels.assembler;

import static dev.tokamak.kernels.assembler.Encoding.MAP_0F;
import static dev.tokamak.kernels.assembler.Encoding.MAP_0F38;
import static dev.tokamak.kernels.assembler.Encoding.P66;
import static dev.tokamak.kernels.assembler.Encoding.PF3;

import dev.tokamak.kernels.assembler.Encoding.Tuple;

/// Instructions on the lowest fp32 element of 128-bit registers, with two sources, the second of which may be memory.
public enum Scalar {
    VADDSS(PF3, MAP_0F, 0x58),
    VSUBSS(PF3, MAP_0F, 0x5C),
    VMULSS(PF3, MAP_0F, 0x59),
    VDIVSS(PF3, MAP_0F, 0x5E),
    VMINSS(PF3, MAP_0F, 0x5D),
    VMAXSS(PF3, MAP_0F, 0x5F),
    VSQRTSS(PF3, MAP_0F, 0x51),
    VFMADD213SS(P66, MAP_0F38, 0xA9),
    VFMADD231SS(P66, MAP_0F38, 0xB9);

    @SuppressWarnings("ImmutableEnumChecker") // a record of numbers and an enum
    private final Encoding encoding;

    Scalar(int prefix, int map, int opcode) {
        encoding = new Encoding(prefix, map, opcode, 0, 0, Tuple.SCALAR);
    }

    Encoding encoding() {
        return encoding;
    }
}
