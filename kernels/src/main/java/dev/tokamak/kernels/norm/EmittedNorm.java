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
import dev.tokamak.kernels.code.CodeMemory;
import dev.tokamak.kernels.code.EmittedFunction;
import java.lang.foreign.MemorySegment;

/// The norms as machine code. Thread-safe.
final class EmittedNorm implements Norm {

    private final EmittedFunction rms;

    EmittedNorm(CodeMemory memory, int vectorBits) {
        rms = memory.publish("RMS norm", rms(EmittedLanes.of(vectorBits)));
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

    /// rdi input, rsi weight, rdx output, rcx columns, r8 rows, r9 bits of epsilon.
    private static <V extends Vector<V>> byte[] rms(EmittedLanes<V> lanes) {
        Assembler code = lanes.code();
        V scale = lanes.register(4);
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
        code.lea(Gpr.RDI, Address.at(Gpr.RDI, Gpr.RCX, Float.BYTES, 0));
        code.lea(Gpr.RDX, Address.at(Gpr.RDX, Gpr.RCX, Float.BYTES, 0));
        code.emit(Arithmetic.SUB, Gpr.R8, 1);
        code.jumpIf(Condition.NOT_EQUAL, next);
        lanes.leave();
        return code.assemble();
    }
}
