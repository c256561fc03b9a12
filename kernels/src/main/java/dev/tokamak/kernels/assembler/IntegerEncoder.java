package dev.tokamak.kernels.assembler;

/// Writes instructions on general-purpose registers: a REX prefix where one is needed, the opcode and the operands.
/// Confined to one assembler.
final class IntegerEncoder {

    private static final int REX = 0x40;
    private static final int WIDE = 8;
    private static final int REGISTER_OPERAND = 0xC0;

    private final CodeBuffer code;

    IntegerEncoder(CodeBuffer code) {
        this.code = code;
    }

    /// With two registers, or one and the opcode's digit in the place of `register`.
    ///
    /// @param wide whether the operands have 64 bits, not 32
    /// @param opcode one byte, or two of which the first is 0F
    void registers(boolean wide, int opcode, int register, int other) {
        writeRex(wide, register >> 3 << 2 | other >> 3);
        writeOpcode(opcode);
        code.write(REGISTER_OPERAND | (register & 7) << 3 | (other & 7));
    }

    /// With memory as the other operand.
    void memory(boolean wide, int opcode, int register, Address address) {
        if (address.broadcast()) {
            throw new IllegalArgumentException(
                    "general-purpose registers have no lanes for a repeated element");
        }
        Gpr base = address.base();
        Gpr index = address.index();
        writeRex(
                wide,
                register >> 3 << 2
                        | (index == null ? 0 : index.number() >> 3) << 1
                        | (base == null ? 0 : base.number() >> 3));
        writeOpcode(opcode);
        MemoryOperand.write(code, register, address, 1, 0);
    }

    /// With a register whose number is part of the opcode.
    void inOpcode(boolean wide, int opcode, Gpr register) {
        writeRex(wide, register.number() >> 3);
        code.write(opcode | (register.number() & 7));
    }

    /// The shortest form that leaves this value.
    void move(Gpr to, long value) {
        if (value == (value & 0xffff_ffffL)) {
            inOpcode(false, 0xB8, to);
            code.writeInt((int) value);
        } else if (value == (int) value) {
            registers(true, 0xC7, 0, to.number());
            code.writeInt((int) value);
        } else {
            inOpcode(true, 0xB8, to);
            code.writeLong(value);
        }
    }

    private void writeRex(boolean wide, int highBits) {
        int rex = REX | (wide ? WIDE : 0) | highBits;
        if (rex != REX) {
            code.write(rex);
        }
    }

    private void writeOpcode(int opcode) {
        if (opcode > 0xff) {
            code.write(opcode >> 8);
        }
        code.write(opcode);
    }
}
