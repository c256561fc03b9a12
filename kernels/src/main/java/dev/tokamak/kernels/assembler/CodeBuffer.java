package dev.tokamak.kernels.assembler;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The bytes written so far and the places in them that wait for a label. Confined to one assembler.
final class CodeBuffer {

    private static final int DISPLACEMENT_BYTES = 4;

    private final List<Fixup> fixups = new ArrayList<>();
    private byte[] bytes = new byte[4096];
    private int size;

    /// A 32-bit displacement to a label, counted from the end of its instruction.
    private record Fixup(Label label, int position, int end, int addend) {}

    int size() {
        return size;
    }

    void write(int value) {
        if (size == bytes.length) {
            bytes = Arrays.copyOf(bytes, 2 * size);
        }
        bytes[size++] = (byte) value;
    }

    void writeInt(int value) {
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
            write(value >> shift);
        }
    }

    void writeLong(long value) {
        writeInt((int) value);
        writeInt((int) (value >> Integer.SIZE));
    }

    /// Leaves room for the displacement to the place `addend` bytes after a label; `bytesAfter` of the instruction follow.
    void writeDisplacement(Label label, int bytesAfter, int addend) {
        fixups.add(new Fixup(label, size, size + DISPLACEMENT_BYTES + bytesAfter, addend));
        writeInt(0);
    }

    /// The bytes with all displacements filled in.
    byte[] complete() {
        for (Fixup fixup : fixups) {
            int displacement = fixup.label().position() + fixup.addend() - fixup.end();
            for (int i = 0; i < DISPLACEMENT_BYTES; i++) {
                bytes[fixup.position() + i] = (byte) (displacement >> (Byte.SIZE * i));
            }
        }
        return Arrays.copyOf(bytes, size);
    }
}
