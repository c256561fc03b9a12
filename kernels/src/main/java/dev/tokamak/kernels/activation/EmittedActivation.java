package dev.tokamak.kernels.activation;

import static dev.tokamak.kernels.arithmetic.NativeRange.address;

import dev.tokamak.kernels.arithmetic.EmittedLanes;
import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Gpr;
import dev.tokamak.kernels.assembler.Ternary;
import dev.tokamak.kernels.assembler.Vector;
import dev.tokamak.kernels.code.CodeMemory;
import dev.tokamak.kernels.code.CodeMemory.Draft;
import dev.tokamak.kernels.code.EmittedFunction;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// The element-wise operations as machine code. Thread-safe.
final class EmittedActivation implements Activation {

    private static final int SIGN = 0x80000000;

    /// Up to this many floats a call is brief.
    private static final int BRIEF_COUNT = 1 << 15;

    private final EmittedFunction siluGate;
    private final EmittedFunction add;

    EmittedActivation(CodeMemory memory, int vectorBits) {
        List<EmittedFunction> functions =
                memory.publish(
                        List.of(
                                new Draft("SwiGLU", siluGate(EmittedLanes.of(vectorBits))),
                                new Draft("add", add(EmittedLanes.of(vectorBits)))));
        siluGate = functions.get(0);
        add = functions.get(1);
    }

    @Override
    public void siluGate(
            MemorySegment gate,
            long gateOffsetBytes,
            MemorySegment up,
            long upOffsetBytes,
            MemorySegment output,
            long outputOffsetBytes,
            int count) {
        if (count < 1) {
            return;
        }
        call(
                siluGate,
                address(gate, gateOffsetBytes, count),
                address(up, upOffsetBytes, count),
                address(output, outputOffsetBytes, count),
                count);
    }

    @Override
    public void add(
            MemorySegment target,
            long targetOffsetBytes,
            MemorySegment addend,
            long addendOffsetBytes,
            int count) {
        if (count < 1) {
            return;
        }
        call(
                add,
                address(target, targetOffsetBytes, count),
                address(addend, addendOffsetBytes, count),
                0,
                count);
    }

    private static void call(EmittedFunction function, long a, long b, long c, int count) {
        if (count <= BRIEF_COUNT) {
            function.callBriefly(a, b, c, count, 0, 0);
        } else {
            function.call(a, b, c, count, 0, 0);
        }
    }

    /// rdi gate, rsi up, rdx output, rcx count.
    private static <V extends Vector<V>> byte[] siluGate(EmittedLanes<V> lanes) {
        Assembler code = lanes.code();
        V gate = lanes.register(0);
        V negative = lanes.register(1);
        V up = lanes.register(2);
        V exponential = lanes.register(3);
        lanes.enter();
        lanes.forEachSixteen(
                Gpr.RCX,
                Gpr.RAX,
                Gpr.R10,
                Gpr.R11,
                isTail -> {
                    for (int part = 0; part < lanes.parts(); part++) {
                        lanes.load(gate, Address.at(Gpr.RDI, Gpr.RAX, 1, 0), part, isTail);
                        lanes.load(up, Address.at(Gpr.RSI, Gpr.RAX, 1, 0), part, isTail);
                        code.emit(Ternary.VPXOR, negative, gate, lanes.constant(SIGN));
                        lanes.exp(
                                exponential,
                                negative,
                                lanes.register(4),
                                lanes.register(5),
                                lanes.register(6));
                        code.emit(Ternary.VADDPS, exponential, exponential, lanes.constant(1f));
                        code.emit(Ternary.VDIVPS, gate, gate, exponential);
                        code.emit(Ternary.VMULPS, gate, gate, up);
                        lanes.store(Address.at(Gpr.RDX, Gpr.RAX, 1, 0), gate, part, isTail);
                    }
                });
        lanes.leave();
        return code.assemble();
    }

    /// rdi target, rsi addend, rcx count.
    private static <V extends Vector<V>> byte[] add(EmittedLanes<V> lanes) {
        Assembler code = lanes.code();
        lanes.enter();
        lanes.forEachSixteen(
                Gpr.RCX,
                Gpr.RAX,
                Gpr.R10,
                Gpr.R11,
                isTail -> {
                    for (int part = 0; part < lanes.parts(); part++) {
                        V target = lanes.register(part);
                        V addend = lanes.register(2 + part);
                        Address at = Address.at(Gpr.RDI, Gpr.RAX, 1, 0);
                        lanes.load(target, at, part, isTail);
                        lanes.load(addend, Address.at(Gpr.RSI, Gpr.RAX, 1, 0), part, isTail);
                        code.emit(Ternary.VADDPS, target, target, addend);
                        lanes.store(at, target, part, isTail);
                    }
                });
        lanes.leave();
        return code.assemble();
    }
}
