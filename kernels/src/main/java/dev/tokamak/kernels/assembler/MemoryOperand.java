package dev.tokamak.kernels.assembler;

/// Writes ModRM, SIB and displacement of a memory operand. Immutable.
final class MemoryOperand {

    private static final int SIB_FOLLOWS = 4;
    private static final int NO_INDEX = 4 << 3;
    private static final int RELATIVE_TO_CODE = 5;

    private MemoryOperand() {}

    /// Writes the operand.
    ///
    /// @param register the other operand, or the opcode's digit, in the `reg` field
    /// @param displacementUnit the factor of one-byte displacements: 1 but under EVEX
    /// @param bytesAfter bytes of the instruction after the operand
    static void write(
            CodeBuffer code, int register, Address address, int displacementUnit, int bytesAfter) {
        int field = (register & 7) << 3;
        Gpr base = address.base();
        if (base == null) {
            code.write(field | RELATIVE_TO_CODE);
            Label label = address.label();
            if (label == null) {
                throw new AssertionError(address);
            }
            code.writeDisplacement(label, bytesAfter, address.displacement());
            return;
        }
        int displacement = address.displacement();
        int low = base.number() & 7;
        int scaled = displacement / displacementUnit;
        boolean fitsByte = displacement % displacementUnit == 0 && scaled == (byte) scaled;
        // rbp and r13 without a displacement are how addresses without a base are written.
        int mode = displacement == 0 && low != RELATIVE_TO_CODE ? 0 : fitsByte ? 1 : 2;
        Gpr index = address.index();
        if (index != null || low == SIB_FOLLOWS) {
            code.write(mode << 6 | field | SIB_FOLLOWS);
            int scale = Integer.numberOfTrailingZeros(address.scale());
            int indexField = index == null ? NO_INDEX : (index.number() & 7) << 3;
            code.write(scale << 6 | indexField | low);
        } else {
            code.write(mode << 6 | field | low);
        }
        if (mode == 1) {
            code.write(scaled);
        } else if (mode == 2) {
            code.writeInt(displacement);
        }
    }
}
