package dev.tokamak.kernels.softmax;

import dev.tokamak.kernels.arithmetic.EmittedLanes;
import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Arithmetic;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Binary;
import dev.tokamak.kernels.assembler.Condition;
import dev.tokamak.kernels.assembler.Gpr;
import dev.tokamak.kernels.assembler.Label;
import dev.tokamak.kernels.assembler.MaskCompare;
import dev.tokamak.kernels.assembler.Ternary;
import dev.tokamak.kernels.assembler.Vector;
import dev.tokamak.kernels.assembler.Vector.Xmm;
import dev.tokamak.kernels.assembler.Widening;

/// Writes the machine code that looks for large logits. Immutable.
final class ExtremesCode {

    static final int INFINITY_BITS = 0x7f800000;

    /// Bits of an fp32 number without its sign: as integers they order like absolute values, NaN above infinity.
    static final int MAGNITUDE = 0x7fffffff;

    private static final int CHUNK_BYTES = Softmax.MAXIMA_CHUNK * Float.BYTES;

    private ExtremesCode() {}

    /* argMax: one pass over the row, chunk by chunk. Each lane remembers its largest logit and the first chunk that had it;
     * the first of these chunks among the lanes that have the largest of all is read again for the element. */

    private static final int CHUNK_MAXIMA = 0;
    private static final int MAXIMA = 2;
    private static final int FIRST_CHUNKS = 4;
    private static final int MAGNITUDES = 6;
    private static final int X = 8;
    private static final int SCRATCH = 10;
    private static final int CHUNK_NUMBER = 11;
    private static final int LOWEST = 12;

    /// rdi logits, rsi where chunks' maxima go or 0, rdx count; rax the index or -1.
    static <V extends Vector<V>> byte[] argMax(EmittedLanes<V> lanes) {
        Assembler code = lanes.code();
        Label notFinite = new Label();
        Label found = new Label();
        lanes.enter();
        V lowest = lanes.register(LOWEST);
        lanes.broadcast(lowest, Float.NEGATIVE_INFINITY);
        lanes.clear(FIRST_CHUNKS);
        lanes.clear(MAGNITUDES);
        copy(lanes, MAXIMA, lowest);
        Gpr maxima = Gpr.RSI;
        Gpr maximaStep = Gpr.R8;
        Label wanted = new Label();
        code.move(maximaStep, EmittedLanes.SIXTEEN_BYTES);
        code.test(maxima, maxima);
        code.jumpIf(Condition.NOT_EQUAL, wanted);
        code.move(maxima, Gpr.RSP);
        code.emit(Arithmetic.XOR, maximaStep, maximaStep);
        code.bind(wanted);

        Gpr logits = Gpr.R9;
        Gpr remaining = Gpr.R12;
        Gpr chunk = Gpr.R13;
        code.move(logits, Gpr.RDI);
        code.move(remaining, Gpr.RDX);
        code.emit(Arithmetic.XOR, chunk, chunk);
        Label nextChunk = code.here();
        copy(lanes, CHUNK_MAXIMA, lowest);
        chunkLength(code, Gpr.RAX, remaining);
        lanes.forEachSixteen(
                Gpr.RAX,
                Gpr.RBX,
                Gpr.R10,
                Gpr.R11,
                isTail -> extremes(lanes, Address.at(logits, Gpr.RBX, 1, 0), isTail));
        code.moveBits(new Xmm(CHUNK_NUMBER), chunk);
        V number = lanes.register(CHUNK_NUMBER);
        code.emit(Widening.VPBROADCASTD, number, new Xmm(CHUNK_NUMBER));
        for (int part = 0; part < lanes.parts(); part++) {
            V chunkMaxima = lanes.register(CHUNK_MAXIMA + part);
            V rowMaxima = lanes.register(MAXIMA + part);
            lanes.store(Address.at(maxima), chunkMaxima, part, false);
            lanes.replaceWhereGreater(
                    lanes.register(FIRST_CHUNKS + part),
                    number,
                    chunkMaxima,
                    rowMaxima,
                    lanes.register(SCRATCH));
            code.emit(Ternary.VMAXPS, rowMaxima, chunkMaxima, rowMaxima);
        }
        code.emit(Arithmetic.ADD, maxima, maximaStep);
        code.emit(Arithmetic.ADD, logits, CHUNK_BYTES);
        code.emit(Arithmetic.ADD, chunk, 1);
        code.emit(Arithmetic.SUB, remaining, Softmax.MAXIMA_CHUNK);
        code.jumpIf(Condition.GREATER, nextChunk);

        lanes.fold(Ternary.VPMAXSD, MAGNITUDES, SCRATCH);
        code.moveBits(Gpr.RAX, new Xmm(MAGNITUDES));
        code.emit(Arithmetic.CMP, Gpr.RAX, INFINITY_BITS);
        code.jumpIf(Condition.ABOVE_OR_EQUAL, notFinite);

        for (int part = 0; part < lanes.parts(); part++) {
            lanes.store(Address.at(Gpr.RSP), lanes.register(MAXIMA + part), part, false);
            Address chunks = Address.at(Gpr.RSP, EmittedLanes.SIXTEEN_BYTES);
            lanes.store(chunks, lanes.register(FIRST_CHUNKS + part), part, false);
        }
        lanes.fold(Ternary.VMAXPS, MAXIMA, SCRATCH);
        firstChunk(code, Gpr.RCX, new Xmm(MAXIMA));

        V max = lanes.register(LOWEST);
        lanes.broadcast(max, new Xmm(MAXIMA));
        code.multiply(Gpr.RCX, Gpr.RCX, Softmax.MAXIMA_CHUNK);
        code.lea(logits, Address.at(Gpr.RDI, Gpr.RCX, Float.BYTES, 0));
        code.emit(Arithmetic.SUB, Gpr.RDX, Gpr.RCX);
        chunkLength(code, Gpr.R8, Gpr.RDX);
        lanes.forEachSixteen(
                Gpr.R8,
                Gpr.RBX,
                Gpr.R10,
                Gpr.R11,
                isTail -> {
                    loadSixteen(lanes, X, Address.at(logits, Gpr.RBX, 1, 0), isTail);
                    lanes.compareToBits(Gpr.RAX, X, max, MaskCompare.EQUAL, Gpr.RSI);
                    code.test(Gpr.RAX, Gpr.RAX);
                    code.jumpIf(Condition.NOT_EQUAL, found);
                });
        code.bind(notFinite);
        code.move(Gpr.RAX, -1);
        Label done = new Label();
        code.jump(done);
        code.bind(found);
        code.trailingZeros(Gpr.RAX, Gpr.RAX);
        code.emit(Arithmetic.ADD, Gpr.RAX, Gpr.RCX);
        code.shiftRight(Gpr.RBX, 2);
        code.emit(Arithmetic.ADD, Gpr.RAX, Gpr.RBX);
        code.bind(done);
        lanes.leave();
        return code.assemble();
    }

    private static <V extends Vector<V>> void extremes(
            EmittedLanes<V> lanes, Address at, boolean isTail) {
        Assembler code = lanes.code();
        for (int part = 0; part < lanes.parts(); part++) {
            V x = lanes.register(X);
            V magnitude = lanes.register(X + 1);
            V magnitudes = lanes.register(MAGNITUDES + part);
            V maxima = lanes.register(CHUNK_MAXIMA + part);
            lanes.load(x, at, part, isTail);
            code.emit(Ternary.VPAND, magnitude, x, lanes.constant(MAGNITUDE));
            code.emit(Ternary.VPMAXSD, magnitudes, magnitudes, magnitude);
            if (isTail) {
                lanes.fillOutsideTail(x, lanes.register(LOWEST), part, magnitude);
            }
            code.emit(Ternary.VMAXPS, maxima, x, maxima);
        }
    }

    /// The least of the chunk numbers at rsp + 64 whose lane at rsp holds the maximum.
    private static void firstChunk(Assembler code, Gpr first, Xmm max) {
        Gpr lane = Gpr.RAX;
        Gpr candidate = Gpr.RBX;
        Xmm value = new Xmm(X);
        Label skip = new Label();
        code.move(first, Integer.MAX_VALUE);
        code.emit(Arithmetic.XOR, lane, lane);
        Label next = code.here();
        code.loadFloat(value, Address.at(Gpr.RSP, lane, Float.BYTES, 0));
        code.compare(value, max);
        code.jumpIf(Condition.NOT_EQUAL, skip);
        int chunks = EmittedLanes.SIXTEEN_BYTES;
        code.loadInt(candidate, Address.at(Gpr.RSP, lane, Integer.BYTES, chunks));
        code.emit(Arithmetic.CMP, candidate, first);
        code.moveIf(Condition.LESS, first, candidate);
        code.bind(skip);
        code.emit(Arithmetic.ADD, lane, 1);
        code.emit(Arithmetic.CMP, lane, EmittedLanes.SIXTEEN);
        code.jumpIf(Condition.LESS, next);
    }

    private static void chunkLength(Assembler code, Gpr to, Gpr remaining) {
        code.move(to, Softmax.MAXIMA_CHUNK);
        code.emit(Arithmetic.CMP, remaining, to);
        code.moveIf(Condition.LESS, to, remaining);
    }

    private static <V extends Vector<V>> void copy(EmittedLanes<V> lanes, int sixteen, V from) {
        for (int part = 0; part < lanes.parts(); part++) {
            lanes.code().emit(Binary.VMOVUPS, lanes.register(sixteen + part), from);
        }
    }

    private static <V extends Vector<V>> void loadSixteen(
            EmittedLanes<V> lanes, int sixteen, Address at, boolean isTail) {
        for (int part = 0; part < lanes.parts(); part++) {
            lanes.load(lanes.register(sixteen + part), at, part, isTail);
        }
    }

    /// rdi values, rsi where indices go, rdx count, rcx bits of the threshold; rax how many.
    static <V extends Vector<V>> byte[] atLeast(EmittedLanes<V> lanes) {
        Assembler code = lanes.code();
        Gpr index = Gpr.R8;
        Gpr bits = Gpr.RAX;
        Gpr element = Gpr.RBX;
        V threshold = lanes.register(LOWEST);
        V none = lanes.register(CHUNK_NUMBER);
        lanes.enter();
        code.moveBits(new Xmm(LOWEST), Gpr.RCX);
        lanes.broadcast(threshold, new Xmm(LOWEST));
        lanes.broadcast(none, Float.NaN);
        code.move(Gpr.R9, Gpr.RSI);
        lanes.forEachSixteen(
                Gpr.RDX,
                index,
                Gpr.R10,
                Gpr.R11,
                isTail -> {
                    Label nothing = new Label();
                    loadSixteen(lanes, X, Address.at(Gpr.RDI, index, 1, 0), isTail);
                    if (isTail) {
                        for (int part = 0; part < lanes.parts(); part++) {
                            V x = lanes.register(X + part);
                            lanes.fillOutsideTail(x, none, part, lanes.register(SCRATCH));
                        }
                    }
                    lanes.compareToBits(bits, X, threshold, GREATER_OR_EQUAL_QUIET, element);
                    code.test(bits, bits);
                    code.jumpIf(Condition.EQUAL, nothing);
                    Label next = code.here();
                    code.move(element, index);
                    code.shiftRight(element, 2);
                    code.trailingZeros(Gpr.RCX, bits);
                    code.emit(Arithmetic.ADD, element, Gpr.RCX);
                    code.storeInt(Address.at(Gpr.RSI), element);
                    code.emit(Arithmetic.ADD, Gpr.RSI, Integer.BYTES);
                    code.lea(Gpr.RCX, Address.at(bits, -1));
                    code.emit(Arithmetic.AND, bits, Gpr.RCX);
                    code.jumpIf(Condition.NOT_EQUAL, next);
                    code.bind(nothing);
                });
        code.move(Gpr.RAX, Gpr.RSI);
        code.emit(Arithmetic.SUB, Gpr.RAX, Gpr.R9);
        code.shiftRight(Gpr.RAX, 2);
        lanes.leave();
        return code.assemble();
    }

    private static final int GREATER_OR_EQUAL_QUIET = 0x1D;
}
