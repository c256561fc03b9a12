package dev.tokamak.kernels.norm;

import static dev.tokamak.kernels.arithmetic.NativeRange.address;

import dev.tokamak.kernels.arithmetic.EmittedLanes;
import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Arithmetic;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Condition;
import dev.tokamak.kernels.assembler.Gpr;
import dev.tokamak.kernels.assembler.Label;
import dev.tokamak.kernels.assembler.Ternary;
import dev.tokamak.kernels.assembler.Vector;
import dev.tokamak.kernels.assembler.Vector.Xmm;
import dev.tokamak.kernels.code.CodeMemory;
import dev.tokamak.kernels.code.CodeMemory.Draft;
import dev.tokamak.kernels.code.EmittedFunction;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// The norms as machine code. Thread-safe.
final class EmittedNorm implements Norm {

    private static final int MEAN = 5;
    private static final int SCALE = 4;

    private final EmittedFunction rms;
    private final EmittedFunction layer;

    EmittedNorm(CodeMemory memory, int vectorBits) {
        List<EmittedFunction> functions =
                memory.publish(
                        List.of(
                                new Draft("RMS norm", rms(EmittedLanes.of(vectorBits))),
                                new Draft("LayerNorm", layer(EmittedLanes.of(vectorBits)))));
        rms = functions.get(0);
        layer = functions.get(1);
    }

    @Override
    public void rms(
            MemorySegment input,
            long inputOffsetBytes,
            MemorySegment weight,
            float epsilon,
            MemorySegment output,
            long outputOffsetBytes,
            int columns) {
        rms(input, inputOffsetBytes, weight, epsilon, output, outputOffsetBytes, columns, 1);
    }

    @Override
    public void rms(
            MemorySegment input,
            long inputOffsetBytes,
            MemorySegment weight,
            float epsilon,
            MemorySegment output,
            long outputOffsetBytes,
            int columns,
            int rows) {
        if (columns < 1 || rows < 1) {
            return;
        }
        rms.callBriefly(
                address(input, inputOffsetBytes, (long) rows * columns),
                address(weight, 0, columns),
                address(output, outputOffsetBytes, (long) rows * columns),
                columns,
                rows,
                Float.floatToRawIntBits(epsilon));
    }

    @Override
    public void layer(
            MemorySegment input,
            long inputOffsetBytes,
            LayerWeights weights,
            MemorySegment output,
            long outputOffsetBytes,
            int columns,
            int rows) {
        if (columns < 1 || rows < 1) {
            return;
        }
        long bias = weights.hasBias() ? address(weights.bias(), 0, columns) : 0;
        long epsilon = Float.floatToRawIntBits(weights.epsilon()) & 0xffff_ffffL;
        layer.callBriefly(
                address(input, inputOffsetBytes, (long) rows * columns),
                address(weights.weight(), 0, columns),
                address(output, outputOffsetBytes, (long) rows * columns),
                columns,
                rows | epsilon << Integer.SIZE,
                bias);
    }

    /// rdi input, rsi weight, rdx output, rcx columns, r8 rows and, above them, bits of epsilon, r9 bias or 0.
    private static <V extends Vector<V>> byte[] layer(EmittedLanes<V> lanes) {
        Assembler code = lanes.code();
        V mean = lanes.register(MEAN);
        V scale = lanes.register(SCALE);
        Gpr epsilon = Gpr.R12;
        Gpr index = Gpr.RBX;
        lanes.enter();
        code.move(epsilon, Gpr.R8);
        code.shiftRight(epsilon, Integer.SIZE);
        code.moveLow(Gpr.R8, Gpr.R8);
        Label next = code.here();
        sums(lanes, false);
        lanes.divideSum(Gpr.RCX);
        lanes.broadcast(mean, new Xmm(0));
        sums(lanes, true);
        lanes.divideSum(Gpr.RCX);
        lanes.inverseRoot(scale, epsilon);
        code.move(Gpr.RAX, Gpr.RCX);
        lanes.forEachSixteen(
                Gpr.RAX,
                index,
                Gpr.R10,
                Gpr.R11,
                isTail -> {
                    for (int part = 0; part < lanes.parts(); part++) {
                        V x = lanes.register(0);
                        V weight = lanes.register(1);
                        V bias = lanes.register(2);
                        Label noBias = new Label();
                        Label done = new Label();
                        lanes.load(x, Address.at(Gpr.RDI, index, 1, 0), part, isTail);
                        lanes.load(weight, Address.at(Gpr.RSI, index, 1, 0), part, isTail);
                        code.emit(Ternary.VSUBPS, x, x, mean);
                        code.emit(Ternary.VMULPS, x, x, scale);
                        code.test(Gpr.R9, Gpr.R9);
                        code.jumpIf(Condition.EQUAL, noBias);
                        lanes.load(bias, Address.at(Gpr.R9, index, 1, 0), part, isTail);
                        code.emit(Ternary.VFMADD213PS, x, weight, bias);
                        code.jump(done);
                        code.bind(noBias);
                        code.emit(Ternary.VMULPS, x, x, weight);
                        code.bind(done);
                        lanes.store(Address.at(Gpr.RDX, index, 1, 0), x, part, isTail);
                    }
                });
        nextRow(code, next);
        lanes.leave();
        return code.assemble();
    }

    /// The sum of the row, or of the squares of its differences from the mean, to the lowest lane of register 0.
    private static <V extends Vector<V>> void sums(EmittedLanes<V> lanes, boolean squares) {
        Assembler code = lanes.code();
        lanes.clear(0);
        code.move(Gpr.RAX, Gpr.RCX);
        lanes.forEachSixteen(
                Gpr.RAX,
                Gpr.RBX,
                Gpr.R10,
                Gpr.R11,
                isTail -> {
                    for (int part = 0; part < lanes.parts(); part++) {
                        V x = lanes.register(2 + part);
                        V sum = lanes.register(part);
                        lanes.load(x, Address.at(Gpr.RDI, Gpr.RBX, 1, 0), part, isTail);
                        if (!squares) {
                            code.emit(Ternary.VADDPS, sum, sum, x);
                            continue;
                        }
                        code.emit(Ternary.VSUBPS, x, x, lanes.register(MEAN));
                        if (isTail) {
                            lanes.clearOutsideTail(x, part);
                        }
                        code.emit(Ternary.VFMADD231PS, sum, x, x);
                    }
                });
        lanes.fold(Ternary.VADDPS, 0, 2);
    }

    /// rdi input, rsi weight, rdx output, rcx columns, r8 rows, r9 bits of epsilon.
    private static <V extends Vector<V>> byte[] rms(EmittedLanes<V> lanes) {
        Assembler code = lanes.code();
        V scale = lanes.register(SCALE);
        lanes.enter();
        Label next = code.here();
        lanes.inverseRootMeanSquare(
                scale, Gpr.RDI, Gpr.RCX, Gpr.R9, Gpr.RAX, Gpr.RBX, Gpr.R10, Gpr.R11);
        code.move(Gpr.RAX, Gpr.RCX);
        lanes.forEachSixteen(
                Gpr.RAX,
                Gpr.RBX,
                Gpr.R10,
                Gpr.R11,
                isTail -> {
                    for (int part = 0; part < lanes.parts(); part++) {
                        V x = lanes.register(part);
                        V weight = lanes.register(2 + part);
                        lanes.load(x, Address.at(Gpr.RDI, Gpr.RBX, 1, 0), part, isTail);
                        lanes.load(weight, Address.at(Gpr.RSI, Gpr.RBX, 1, 0), part, isTail);
                        code.emit(Ternary.VMULPS, x, x, scale);
                        code.emit(Ternary.VMULPS, x, x, weight);
                        lanes.store(Address.at(Gpr.RDX, Gpr.RBX, 1, 0), x, part, isTail);
                    }
                });
        nextRow(code, next);
        lanes.leave();
        return code.assemble();
    }

    private static void nextRow(Assembler code, Label next) {
        code.lea(Gpr.RDI, Address.at(Gpr.RDI, Gpr.RCX, Float.BYTES, 0));
        code.lea(Gpr.RDX, Address.at(Gpr.RDX, Gpr.RCX, Float.BYTES, 0));
        code.emit(Arithmetic.SUB, Gpr.R8, 1);
        code.jumpIf(Condition.NOT_EQUAL, next);
    }
}
