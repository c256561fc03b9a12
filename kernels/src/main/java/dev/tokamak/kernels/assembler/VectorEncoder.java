package dev.tokamak.kernels.assembler;

import dev.tokamak.kernels.assembler.Mask.Masking;
import org.jspecify.annotations.Nullable;

/// Writes vector instructions in their VEX form where there is one and nothing needs EVEX, else in their EVEX form.
/// Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, chapter 2. Confined to one assembler.
final class VectorEncoder {

    private static final int FIRST_EVEX_REGISTER = 16;
    private static final int LENGTH_512 = 2;
    private static final int REGISTER_OPERAND = 0xC0;

    private final CodeBuffer code;

    VectorEncoder(CodeBuffer code) {
        this.code = code;
    }

    /// What all vector instructions have beside their last operand.
    ///
    /// @param register in the `reg` field of ModRM
    /// @param second in the `vvvv` field; 0 when the instruction has none
    /// @param length 0, 1, 2 for 128, 256, 512 bits
    /// @param immediate the byte after the operands, or negative when there is none
    record Operands(
            Encoding encoding,
            int register,
            int second,
            int length,
            @Nullable Masking masking,
            int immediate) {

        private int immediateBytes() {
            return immediate < 0 ? 0 : 1;
        }
    }

    /// With a register, vector or mask, as the last operand.
    void write(Operands operands, int last) {
        if (needsEvex(operands, last, false)) {
            int masked = evex(operands, last >> 3 & 1, last >> 4 & 1, false);
            code.write(masked);
        } else {
            vex(operands, last >> 3 & 1, 0);
        }
        code.write(operands.encoding().opcode());
        code.write(REGISTER_OPERAND | (operands.register() & 7) << 3 | (last & 7));
        writeImmediate(operands);
    }

    /// With memory as the last operand.
    void write(Operands operands, Address last) {
        Encoding encoding = operands.encoding();
        int base = last.base() == null ? 0 : last.base().number();
        int index = last.index() == null ? 0 : last.index().number();
        int displacementUnit = 1;
        if (needsEvex(operands, 0, last.broadcast())) {
            if (last.broadcast() && !encoding.tuple().repeats()) {
                throw new IllegalArgumentException(
                        "opcode %x repeats no element of memory".formatted(encoding.opcode()));
            }
            code.write(evex(operands, base >> 3, index >> 3, last.broadcast()));
            displacementUnit =
                    encoding.tuple().displacementUnit(16 << operands.length(), last.broadcast());
        } else {
            vex(operands, base >> 3, index >> 3);
        }
        code.write(encoding.opcode());
        MemoryOperand.write(
                code, operands.register(), last, displacementUnit, operands.immediateBytes());
        writeImmediate(operands);
    }

    private void writeImmediate(Operands operands) {
        if (operands.immediate() >= 0) {
            code.write(operands.immediate());
        }
    }

    private static boolean needsEvex(Operands operands, int last, boolean broadcast) {
        boolean evex =
                !operands.encoding().hasVex()
                        || operands.length() == LENGTH_512
                        || operands.masking() != null
                        || broadcast
                        || operands.register() >= FIRST_EVEX_REGISTER
                        || operands.second() >= FIRST_EVEX_REGISTER
                        || last >= FIRST_EVEX_REGISTER;
        if (evex && !operands.encoding().hasEvex()) {
            throw new IllegalArgumentException(
                    "opcode %x has no EVEX form, which 512 bits, masks, repeated elements and registers above 15 need"
                            .formatted(operands.encoding().opcode()));
        }
        return evex;
    }

    private void vex(Operands operands, int baseHigh, int indexHigh) {
        Encoding encoding = operands.encoding();
        int registerHigh = operands.register() >> 3 & 1;
        int low = (~operands.second() & 15) << 3 | operands.length() << 2 | encoding.prefix();
        if (baseHigh == 0
                && indexHigh == 0
                && encoding.map() == Encoding.MAP_0F
                && encoding.vexW() == 0) {
            code.write(0xC5);
            code.write((registerHigh ^ 1) << 7 | low);
            return;
        }
        code.write(0xC4);
        code.write(
                (registerHigh ^ 1) << 7
                        | (indexHigh ^ 1) << 6
                        | (baseHigh ^ 1) << 5
                        | encoding.map());
        code.write(encoding.vexW() << 7 | low);
    }

    /// Writes the first three bytes and returns the fourth.
    private int evex(Operands operands, int baseHigh, int indexHigh, boolean broadcast) {
        Encoding encoding = operands.encoding();
        int register = operands.register();
        int second = operands.second();
        Masking masking = operands.masking();
        code.write(0x62);
        code.write(
                (~register >> 3 & 1) << 7
                        | (indexHigh ^ 1) << 6
                        | (baseHigh ^ 1) << 5
                        | (~register >> 4 & 1) << 4
                        | encoding.map());
        code.write(encoding.evexW() << 7 | (~second & 15) << 3 | 4 | encoding.prefix());
        int zeroing = masking != null && masking.zeroing() ? 1 : 0;
        int mask = masking == null ? 0 : masking.mask().number();
        return zeroing << 7
                | operands.length() << 5
                | (broadcast ? 1 : 0) << 4
                | (~second >> 4 & 1) << 3
                | mask;
    }
}
