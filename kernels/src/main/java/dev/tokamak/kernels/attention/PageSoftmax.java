package dev.tokamak.kernels.attention;

import dev.tokamak.kernels.arithmetic.CurveCode;
import dev.tokamak.kernels.arithmetic.EmittedLanes;
import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Arithmetic;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Binary;
import dev.tokamak.kernels.assembler.Condition;
import dev.tokamak.kernels.assembler.Gpr;
import dev.tokamak.kernels.assembler.Label;
import dev.tokamak.kernels.assembler.Store;
import dev.tokamak.kernels.assembler.Ternary;
import dev.tokamak.kernels.assembler.Vector;
import dev.tokamak.kernels.assembler.Vector.Xmm;
import dev.tokamak.kernels.assembler.Vector.Ymm;
import dev.tokamak.kernels.assembler.Widening;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Emits what happens to one row's 32 scores of a page: maximum, rescaling, exponentials and the 16 sums. Confined to
/// one thread.
final class PageSoftmax<V extends Vector<V>> {

    /* A score that is NaN does not get into the maximum, which `vmaxps` leaves open, but its probability is NaN and with it
     * the sums, so that the row's result is NaN as it must be. Which zero is the maximum of both does not change what is
     * computed from it. */

    private static final int KEYS = KvLayout.PAGE_TOKENS;
    private static final int AT_ONCE = 2;

    private final EmittedLanes<V> lanes;
    private final Assembler assembler;
    private final CurveCode<V> curves;
    private final TileRow row;
    private final int outputVectors;
    private final Gpr record;
    private final int vectors;
    private final boolean capped;

    /// @param record the register that points at the row
    PageSoftmax(EmittedLanes<V> lanes, AttentionShape shape, Gpr record) {
        this.lanes = lanes;
        this.record = record;
        assembler = lanes.code();
        curves = new CurveCode<>(lanes);
        row = shape.row();
        capped = shape.softcap();
        outputVectors = shape.outputVectors(lanes.lanes());
        vectors = KEYS / lanes.lanes();
    }

    /// Words of ones, zeros and ones, for [#emitMask].
    static Address maskTable(Assembler assembler) {
        int[] words = new int[3 * KEYS];
        Arrays.fill(words, -1);
        Arrays.fill(words, KEYS, 2 * KEYS, 0);
        return assembler.table(words);
    }

    /// Brings the scores to the first registers.
    ///
    /// @param softcap where it is, if scores of this shape are capped
    void emitLoad(Address softcap) {
        for (int i = 0; i < vectors; i++) {
            assembler.emit(Binary.VMOVUPS, lanes.register(i), part(row.scores(), i));
        }
        if (!capped) {
            return;
        }
        V cap = lanes.register(vectors);
        assembler.emit(Widening.VBROADCASTSS, cap, softcap);
        for (int i = 0; i < vectors; i++) {
            V score = lanes.register(i);
            assembler.emit(Ternary.VDIVPS, score, score, cap);
            curves.tanh(score, vectors + 1);
            assembler.emit(Ternary.VMULPS, score, score, cap);
        }
    }

    /// Makes scores outside `[from, to]` negative infinity.
    ///
    /// @param table points at the mask table
    void emitMask(Gpr from, Gpr to, Gpr table, Gpr freeA, Gpr freeB) {
        int bytes = lanes.lanes() * Float.BYTES;
        assembler.move(freeA, 2L * KEYS);
        assembler.emit(Arithmetic.SUB, freeA, from);
        assembler.move(freeB, KEYS - 1L);
        assembler.emit(Arithmetic.SUB, freeB, to);
        V mask = lanes.register(vectors);
        for (int i = 0; i < vectors; i++) {
            V score = lanes.register(i);
            assembler.emit(Binary.VMOVUPS, mask, Address.at(table, freeA, 4, i * bytes));
            assembler.emit(Ternary.VPAND, mask, mask, Address.at(table, freeB, 4, i * bytes));
            assembler.emit(Ternary.VPAND, score, score, mask);
            assembler.emit(Ternary.VPANDN, mask, mask, lanes.constant(Float.NEGATIVE_INFINITY));
            assembler.emit(Ternary.VPOR, score, score, mask);
        }
    }

    /// Goes on from the scores in the first registers.
    void emitProbabilities() {
        V maximum = lanes.register(vectors);
        V before = lanes.register(vectors + 1);
        assembler.emit(Ternary.VMAXPS, maximum, lanes.register(0), lanes.register(1));
        for (int i = 2; i < vectors; i++) {
            assembler.emit(Ternary.VMAXPS, maximum, maximum, lanes.register(i));
        }
        lanes.spreadMaximum(maximum, before);
        Address stored = Address.at(record, row.maximum());
        assembler.emit(Widening.VBROADCASTSS, before, stored);
        assembler.emit(Ternary.VMAXPS, maximum, maximum, before);
        assembler.storeFloat(stored, new Xmm(vectors));
        Label sameMaximum = new Label();
        assembler.compare(new Xmm(vectors), new Xmm(vectors + 1));
        assembler.jumpIf(Condition.BELOW_OR_EQUAL, sameMaximum);
        emitRescaling(before, maximum);
        assembler.bind(sameMaximum);
        for (int i = 0; i < vectors; i += AT_ONCE) {
            List<V> scores = new ArrayList<>();
            for (int j = i; j < i + AT_ONCE; j++) {
                scores.add(lanes.register(j));
                assembler.emit(Ternary.VSUBPS, lanes.register(j), lanes.register(j), maximum);
            }
            curves.expNotAboveHighest(scores, vectors + 1);
        }
        emitSums();
    }

    private void emitRescaling(V before, V maximum) {
        assembler.emit(Ternary.VSUBPS, before, before, maximum);
        int free = vectors + 2;
        curves.expNotAboveHighest(List.of(before), free);
        for (int i = 0; i < AttentionScratch.SUMS / lanes.lanes(); i++) {
            emitProduct(before, free + i, part(row.sums(), i));
        }
        for (int i = 0; i < outputVectors; i++) {
            emitProduct(before, free + i % 4, part(row.output(), i));
        }
    }

    private void emitProduct(V factor, int free, Address place) {
        assembler.emit(Ternary.VMULPS, lanes.register(free), factor, place);
        assembler.emit(Store.VMOVUPS, place, lanes.register(free));
    }

    private void emitSums() {
        int sumVectors = AttentionScratch.SUMS / lanes.lanes();
        for (int i = 0; i < vectors; i++) {
            assembler.emit(Store.VMOVUPS, part(row.scores(), i), lanes.register(i));
        }
        for (int i = 0; i < sumVectors; i++) {
            V sum = lanes.register(vectors + i);
            assembler.emit(Ternary.VADDPS, sum, lanes.register(i), part(row.sums(), i));
            assembler.emit(Ternary.VADDPS, sum, sum, lanes.register(i + sumVectors));
            assembler.emit(Store.VMOVUPS, part(row.sums(), i), sum);
        }
    }

    /// Stores the halving tree of the row's sums.
    void emitHalving(Address to) {
        Xmm low = new Xmm(0);
        Xmm high = new Xmm(1);
        Address sums = part(row.sums(), 0);
        assembler.emit(Binary.VMOVUPS, new Ymm(0), sums);
        assembler.emit(Ternary.VADDPS, new Ymm(0), new Ymm(0), sums.plus(32));
        assembler.emit(Store.Immediate.VEXTRACTF128, high, new Ymm(0), 1);
        assembler.emit(Ternary.VADDPS, low, low, high);
        assembler.emit(Binary.Immediate.VPERMILPS, high, low, 0x4E);
        assembler.emit(Ternary.VADDPS, low, low, high);
        assembler.emit(Binary.Immediate.VPERMILPS, high, low, 0xB1);
        assembler.emit(Ternary.VADDPS, low, low, high);
        assembler.storeFloat(to, low);
    }

    private Address part(int offset, int vector) {
        return Address.at(record, offset + vector * lanes.lanes() * Float.BYTES);
    }
}
