package dev.tokamak.kernels.attention;

import dev.tokamak.kernels.arithmetic.EmittedLanes;
import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Arithmetic;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Binary;
import dev.tokamak.kernels.assembler.Condition;
import dev.tokamak.kernels.assembler.Gpr;
import dev.tokamak.kernels.assembler.Label;
import dev.tokamak.kernels.assembler.Store;
import dev.tokamak.kernels.assembler.Vector;

/// Emits the merge of the partial results of one token's segments, for the query heads of one KV head. Confined to one
/// thread.
final class MergeCode<V extends Vector<V>> {

    /* Arguments: the first head's partial of the first segment (see AttentionPartials); the first head's output; number of
     * segments and, above it, number of heads; bytes from one segment to the next; the first head's sink or 0; bytes from one
     * head's partial to the next. A result
     * grows on the stack in whole vectors and is then copied without the lanes past its end. */

    private static final Gpr PARTIAL = Gpr.RDI;
    private static final Gpr OUTPUT = Gpr.RSI;
    private static final Gpr SEGMENTS = Gpr.RDX;
    private static final Gpr SEGMENT_BYTES = Gpr.RCX;
    private static final Gpr SINK = Gpr.R8;
    private static final Gpr HEADS = Gpr.R12;
    private static final Gpr HEAD_BYTES = Gpr.R9;
    private static final Gpr CURSOR = Gpr.R10;
    private static final Gpr LEFT = Gpr.R11;
    private static final Gpr ELEMENT = Gpr.RAX;

    private final EmittedLanes<V> lanes;
    private final Assembler assembler;
    private final int valueDim;
    private final int bufferBytes;
    private final SegmentMerge<V> merge;

    MergeCode(EmittedLanes<V> lanes, AttentionShape shape) {
        this.lanes = lanes;
        assembler = lanes.code();
        valueDim = shape.valueDim();
        int vectors = shape.outputVectors(lanes.lanes());
        bufferBytes = vectors * lanes.lanes() * Float.BYTES;
        merge = new SegmentMerge<>(lanes, vectors);
    }

    byte[] assemble() {
        int stackBytes = bufferBytes + 64;
        SegmentMerge.Part merged =
                new SegmentMerge.Part(
                        Address.at(Gpr.RSP),
                        Address.at(Gpr.RSP, bufferBytes),
                        Address.at(Gpr.RSP, bufferBytes + Float.BYTES));
        SegmentMerge.Part first = partial(PARTIAL);
        assembler.enter(stackBytes);
        assembler.move(HEADS, SEGMENTS);
        assembler.shiftRight(HEADS, Integer.SIZE);
        assembler.moveLow(SEGMENTS, SEGMENTS);
        Label nextHead = assembler.here();
        merge.emitCopy(merged.output(), first.output());
        copyInt(merged.maximum(), first.maximum());
        copyInt(merged.sum(), first.sum());
        assembler.move(CURSOR, PARTIAL);
        assembler.move(LEFT, SEGMENTS);
        Label done = new Label();
        Label nextSegment = assembler.here();
        assembler.emit(Arithmetic.SUB, LEFT, 1);
        assembler.jumpIf(Condition.EQUAL, done);
        assembler.emit(Arithmetic.ADD, CURSOR, SEGMENT_BYTES);
        merge.emitMerge(merged, partial(CURSOR));
        assembler.jump(nextSegment);
        assembler.bind(done);
        Label noSink = new Label();
        assembler.test(SINK, SINK);
        assembler.jumpIf(Condition.EQUAL, noSink);
        merge.emitSink(merged, Address.at(SINK));
        assembler.emit(Arithmetic.ADD, SINK, Float.BYTES);
        assembler.bind(noSink);
        merge.emitDivision(merged);
        emitOutput();
        assembler.emit(Arithmetic.ADD, PARTIAL, HEAD_BYTES);
        assembler.emit(Arithmetic.ADD, OUTPUT, valueDim * Float.BYTES);
        assembler.emit(Arithmetic.SUB, HEADS, 1);
        assembler.jumpIf(Condition.NOT_EQUAL, nextHead);
        assembler.leave();
        return assembler.assemble();
    }

    private SegmentMerge.Part partial(Gpr at) {
        return new SegmentMerge.Part(
                Address.at(at, AttentionPartials.OUTPUT),
                Address.at(at, AttentionPartials.MAXIMUM),
                Address.at(at, AttentionPartials.SUM));
    }

    private void copyInt(Address to, Address from) {
        assembler.loadInt(ELEMENT, from);
        assembler.storeInt(to, ELEMENT);
    }

    private void emitOutput() {
        V vector = lanes.register(0);
        int element = 0;
        for (; element <= valueDim - lanes.lanes(); element += lanes.lanes()) {
            int bytes = element * Float.BYTES;
            assembler.emit(Binary.VMOVUPS, vector, Address.at(Gpr.RSP, bytes));
            assembler.emit(Store.VMOVUPS, Address.at(OUTPUT, bytes), vector);
        }
        for (; element < valueDim; element++) {
            int bytes = element * Float.BYTES;
            copyInt(Address.at(OUTPUT, bytes), Address.at(Gpr.RSP, bytes));
        }
    }
}
