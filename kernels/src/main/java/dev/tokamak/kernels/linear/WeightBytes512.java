package dev.tokamak.kernels.linear;

import static dev.tokamak.kernels.assembler.Binary.Shift.VPSLLD;
import static dev.tokamak.kernels.assembler.Binary.Shift.VPSRLD;
import static dev.tokamak.kernels.assembler.Binary.VMOVDQU;
import static dev.tokamak.kernels.assembler.Ternary.Immediate.VPTERNLOGD;
import static dev.tokamak.kernels.assembler.Ternary.VPAND;
import static dev.tokamak.kernels.assembler.Ternary.VPSHUFB;
import static dev.tokamak.kernels.assembler.Widening.VPBROADCASTD;

import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Vector.Zmm;
import java.util.function.IntFunction;

/// Emits what makes bytes of packed words: a row of the `[k/4][16][4]` panel, four columns of 16 rows. Confined to one
/// thread.
///
/// @param mask a register for the bits of a value
/// @param table a register for the table, where the layout has one
/// @param scratch a register that loads may use
record WeightBytes512(Assembler code, PanelLayout layout, Zmm mask, Zmm table, Zmm scratch) {

    private static final int STEPS = 8;

    /// The truth table of `first | second & third`.
    private static final int OR_AND = 0xF8;

    /// Emits what loads need in registers.
    ///
    /// @param added to every integer that is looked up
    void emitConstants(int added) {
        switch (layout.words()) {
            case NIBBLES, FIVE_BITS, SIX_BITS -> repeat(0x0f0f0f0f);
            case TWO_BITS, THREE_BITS -> repeat(0x03030303);
            case ONE_BIT -> repeat(0x02020202);
            case BYTES, FLOATS, HALVES -> {}
        }
        if (layout.hasTable()) {
            code.emit(VMOVDQU, table, code.table(layout.tableWords(added, table.sizeBytes())));
        }
    }

    private void repeat(int bits) {
        code.emit(VPBROADCASTD, mask, code.single(bits));
    }

    /// Emits the load of the integers of columns `4 * step` to `4 * step + 3`: unsigned, unless the table says otherwise.
    ///
    /// @param word where the words of the block are
    void emit(int step, Zmm to, IntFunction<Address> word) {
        switch (layout.words()) {
            case BYTES -> code.emit(VMOVDQU, to, word.apply(step));
            case NIBBLES -> emitNibbles(step, to, word);
            case FIVE_BITS -> {
                emitNibbles(step, to, word);
                addUpperBits(to, word.apply(4), 4 - step, 0x10101010);
            }
            case SIX_BITS -> {
                emitNibbles(step, to, word);
                addUpperBits(to, word.apply(4 + step / 4), 4 - step % 4 * 2, 0x30303030);
            }
            case TWO_BITS -> emitMasked(to, word.apply(step / 4), -(step % 4 * 2));
            case THREE_BITS -> {
                emitMasked(to, word.apply(step / 4), -(step % 4 * 2));
                addUpperBits(to, word.apply(2), 2 - step, 0x04040404);
            }
            case ONE_BIT -> emitMasked(to, word.apply(0), 1 - step);
            case FLOATS, HALVES -> throw new AssertionError(layout);
        }
        if (layout.hasTable()) {
            code.emit(VPSHUFB, to, table, to);
        }
    }

    private void emitNibbles(int step, Zmm to, IntFunction<Address> word) {
        emitMasked(to, word.apply(step % 4), step < STEPS / 2 ? 0 : -4);
    }

    private void emitMasked(Zmm to, Address word, int shiftLeft) {
        if (shiftLeft == 0) {
            code.emit(VPAND, to, mask, word);
            return;
        }
        shift(to, word, shiftLeft);
        code.emit(VPAND, to, to, mask);
    }

    private void addUpperBits(Zmm to, Address word, int shiftLeft, int bits) {
        shift(scratch, word, shiftLeft);
        code.emit(VPTERNLOGD, to, scratch, code.repeated(bits), OR_AND);
    }

    private void shift(Zmm to, Address word, int shiftLeft) {
        if (shiftLeft > 0) {
            code.emit(VPSLLD, to, word, shiftLeft);
        } else if (shiftLeft < 0) {
            code.emit(VPSRLD, to, word, -shiftLeft);
        } else {
            code.emit(VMOVDQU, to, word);
        }
    }
}
