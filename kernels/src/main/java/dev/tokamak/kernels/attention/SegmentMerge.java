package dev.tokamak.kernels.attention;

import dev.tokamak.kernels.arithmetic.CurveCode;
import dev.tokamak.kernels.arithmetic.EmittedLanes;
import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Binary;
import dev.tokamak.kernels.assembler.Store;
import dev.tokamak.kernels.assembler.Ternary;
import dev.tokamak.kernels.assembler.Vector;
import dev.tokamak.kernels.assembler.Vector.Xmm;
import dev.tokamak.kernels.assembler.Widening;
import java.util.List;

/// Emits the merge of one segment's result into that of the segments before it, and the division at the end. Confined
/// to one thread.
final class SegmentMerge<V extends Vector<V>> {

    private static final int FREE = 3;

    private final EmittedLanes<V> lanes;
    private final Assembler assembler;
    private final CurveCode<V> curves;
    private final int vectors;

    SegmentMerge(EmittedLanes<V> lanes, int vectors) {
        this.lanes = lanes;
        this.vectors = vectors;
        assembler = lanes.code();
        curves = new CurveCode<>(lanes);
    }

    /// Where an output that is not yet divided, its maximum and its sum are.
    record Part(Address output, Address maximum, Address sum) {}

    /// Merges `added` into `merged`.
    void emitMerge(Part merged, Part added) {
        V a = lanes.register(0);
        V b = lanes.register(1);
        emitFactors(a, merged.maximum(), b, added.maximum());
        V sum = lanes.register(FREE);
        V addedSum = lanes.register(FREE + 1);
        assembler.emit(Widening.VBROADCASTSS, sum, merged.sum());
        assembler.emit(Widening.VBROADCASTSS, addedSum, added.sum());
        assembler.emit(Ternary.VMULPS, sum, sum, a);
        assembler.emit(Ternary.VFMADD231PS, sum, addedSum, b);
        assembler.storeFloat(merged.sum(), new Xmm(FREE));
        for (int vector = 0; vector < vectors; vector++) {
            V output = lanes.register(FREE + vector % 4 * 2);
            V addedOutput = lanes.register(FREE + vector % 4 * 2 + 1);
            assembler.emit(Ternary.VMULPS, output, a, at(merged.output(), vector));
            assembler.emit(Binary.VMOVUPS, addedOutput, at(added.output(), vector));
            assembler.emit(Ternary.VFMADD231PS, output, addedOutput, b);
            assembler.emit(Store.VMOVUPS, at(merged.output(), vector), output);
        }
    }

    /// Merges a score that has no value.
    void emitSink(Part merged, Address sink) {
        V a = lanes.register(0);
        V b = lanes.register(1);
        emitFactors(a, merged.maximum(), b, sink);
        V sum = lanes.register(FREE);
        assembler.emit(Widening.VBROADCASTSS, sum, merged.sum());
        assembler.emit(Ternary.VMULPS, sum, sum, a);
        assembler.emit(Ternary.VADDPS, sum, sum, b);
        assembler.storeFloat(merged.sum(), new Xmm(FREE));
        emitProducts(a, merged.output());
    }

    /// Stores the larger of two maxima in place of the first and puts the exponentials of their distances from it into all
    /// lanes. A second that is NaN prevails.
    private void emitFactors(V a, Address first, V b, Address second) {
        V maximum = lanes.register(2);
        assembler.emit(Widening.VBROADCASTSS, a, first);
        assembler.emit(Widening.VBROADCASTSS, b, second);
        assembler.emit(Ternary.VMAXPS, maximum, a, b);
        assembler.storeFloat(first, new Xmm(2));
        assembler.emit(Ternary.VSUBPS, a, a, maximum);
        assembler.emit(Ternary.VSUBPS, b, b, maximum);
        curves.expNotAboveHighest(List.of(a, b), FREE);
    }

    /// Multiplies an output by the same factor in all lanes.
    private void emitProducts(V factor, Address output) {
        for (int vector = 0; vector < vectors; vector++) {
            V product = lanes.register(2 + vector % 4);
            assembler.emit(Ternary.VMULPS, product, factor, at(output, vector));
            assembler.emit(Store.VMOVUPS, at(output, vector), product);
        }
    }

    /// Multiplies the output by the reciprocal of the sum.
    void emitDivision(Part merged) {
        V one = lanes.register(0);
        V inverse = lanes.register(1);
        assembler.emit(Widening.VBROADCASTSS, one, assembler.single(1f));
        assembler.emit(Widening.VBROADCASTSS, inverse, merged.sum());
        assembler.emit(Ternary.VDIVPS, inverse, one, inverse);
        emitProducts(inverse, merged.output());
    }

    /// Copies an output.
    void emitCopy(Address to, Address from) {
        for (int vector = 0; vector < vectors; vector++) {
            V output = lanes.register(1 + vector % 4);
            assembler.emit(Binary.VMOVUPS, output, at(from, vector));
            assembler.emit(Store.VMOVUPS, at(to, vector), output);
        }
    }

    private Address at(Address first, int vector) {
        return first.plus(vector * lanes.lanes() * Float.BYTES);
    }
}
