package dev.tokamak.kernels.linear;

import static dev.tokamak.kernels.assembler.Binary.Shift.VPSLLD;
import static dev.tokamak.kernels.assembler.Binary.Shift.VPSRLD;
import static dev.tokamak.kernels.assembler.Binary.VMOVDQU;
import static dev.tokamak.kernels.assembler.Ternary.VPAND;
import static dev.tokamak.kernels.assembler.Ternary.VPOR;
import static dev.tokamak.kernels.assembler.Ternary.VPSHUFB;
import static dev.tokamak.kernels.assembler.Widening.VPBROADCASTD;

import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Vector.Ymm;
import java.util.Arrays;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// Emits what makes bytes of packed words in registers of 256 bits: four columns of 8 rows. Confined to one thread.
final class WeightBytes256 {

    private static final int STEPS = 8;
    private static final int VECTOR_INTS = 8;

    private final Assembler code;
    private final PanelLayout layout;
    private final Ymm mask;
    private final Ymm scratch;
    private final @Nullable Address table;
    private @Nullable Address upperBits;

    /// @param added to every integer that is looked up
    /// @param mask a register for the bits of a value
    /// @param scratch a register that loads may use
    WeightBytes256(Assembler code, PanelLayout layout, int added, Ymm mask, Ymm scratch) {
        this.code = code;
        this.layout = layout;
        this.mask = mask;
        this.scratch = scratch;
        this.table =
                layout.hasTable() ? code.table(layout.tableWords(added, mask.sizeBytes())) : null;
    }

    /// Emits what loads need in registers.
    void emitConstants() {
        switch (layout.words()) {
            case NIBBLES, FIVE_BITS, SIX_BITS -> repeat(0x0f0f0f0f);
            case TWO_BITS, THREE_BITS -> repeat(0x03030303);
            case ONE_BIT -> repeat(0x02020202);
            case BYTES, FLOATS, HALVES -> {}
        }
    }

    private void repeat(int bits) {
        code.emit(VPBROADCASTD, mask, code.single(bits));
    }

    /// Emits the load of the integers of columns `4 * step` to `4 * step + 3`: unsigned, unless the table says otherwise.
    ///
    /// @param word where the words of these rows in the block are
    void emit(int step, Ymm to, IntFunction<Address> word) {
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
        if (table != null) {
            code.emit(VMOVDQU, scratch, table);
            code.emit(VPSHUFB, to, scratch, to);
        }
    }

    private void emitNibbles(int step, Ymm to, IntFunction<Address> word) {
        emitMasked(to, word.apply(step % 4), step < STEPS / 2 ? 0 : -4);
    }

    private void emitMasked(Ymm to, Address word, int shiftLeft) {
        if (shiftLeft == 0) {
            code.emit(VPAND, to, mask, word);
            return;
        }
        shift(to, word, shiftLeft);
        code.emit(VPAND, to, to, mask);
    }

    private void addUpperBits(Ymm to, Address word, int shiftLeft, int bits) {
        shift(scratch, word, shiftLeft);
        code.emit(VPAND, scratch, scratch, lanes(bits));
        code.emit(VPOR, to, to, scratch);
    }

    private void shift(Ymm to, Address word, int shiftLeft) {
        code.emit(VMOVDQU, to, word);
        if (shiftLeft > 0) {
            code.emit(VPSLLD, to, to, shiftLeft);
        } else if (shiftLeft < 0) {
            code.emit(VPSRLD, to, to, -shiftLeft);
        }
    }

    private Address lanes(int value) {
        if (upperBits == null) {
            int[] words = new int[VECTOR_INTS];
            Arrays.fill(words, value);
            upperBits = code.table(words);
        }
        return upperBits;
    }
}
