package dev.tokamak.kernels.rope;

import static dev.tokamak.kernels.arithmetic.NativeRange.address;

import dev.tokamak.kernels.arithmetic.EmittedLanes;
import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Arithmetic;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Binary;
import dev.tokamak.kernels.assembler.Condition;
import dev.tokamak.kernels.assembler.Gpr;
import dev.tokamak.kernels.assembler.Label;
import dev.tokamak.kernels.assembler.Ternary;
import dev.tokamak.kernels.assembler.Vector;
import dev.tokamak.kernels.code.CodeMemory;
import dev.tokamak.kernels.code.CodeMemory.Draft;
import dev.tokamak.kernels.code.EmittedFunction;
import dev.tokamak.kernels.rope.RopeTable.Pairing;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.List;

/// Rotary embedding as machine code. Thread-safe.
final class EmittedRope implements Rope {

    private static final int SWAP_NEIGHBOURS = 0xB1;

    private final EmittedFunction halves;
    private final EmittedFunction adjacent;

    EmittedRope(CodeMemory memory, int vectorBits) {
        List<EmittedFunction> functions =
                memory.publish(
                        List.of(
                                new Draft("rope of halves", halves(EmittedLanes.of(vectorBits))),
                                new Draft(
                                        "rope of neighbours",
                                        adjacent(EmittedLanes.of(vectorBits)))));
        halves = functions.get(0);
        adjacent = functions.get(1);
    }

    @Override
    public void rotate(
            RopeTable table,
            int position,
            MemorySegment x,
            long offsetBytes,
            int heads,
            int headDim) {
        ScalarRope.requireFits(table, headDim);
        MemorySegment page = table.page(position);
        if (heads < 1) {
            return;
        }
        long touched = (heads - 1L) * headDim + table.rotatedDim();
        boolean isHalves = table.pairing() == Pairing.HALVES;
        try {
            (isHalves ? halves : adjacent)
                    .callBriefly(
                            address(x, offsetBytes, touched),
                            page.address() + table.rowOffsetBytes(position),
                            table.sinesOffset(),
                            heads,
                            (long) headDim * Float.BYTES,
                            0);
        } finally {
            Reference.reachabilityFence(page);
        }
    }

    /// rdi heads' elements, rsi cosines, rdx how many before the sines, rcx heads, r8 bytes of a head.
    private static <V extends Vector<V>> byte[] halves(EmittedLanes<V> lanes) {
        Assembler code = lanes.code();
        Gpr sines = Gpr.R9;
        Gpr second = Gpr.R12;
        Gpr index = Gpr.RBX;
        lanes.enter();
        code.lea(sines, Address.at(Gpr.RSI, Gpr.RDX, Float.BYTES, 0));
        Label nextHead = code.here();
        code.lea(second, Address.at(Gpr.RDI, Gpr.RDX, Float.BYTES, 0));
        code.move(Gpr.RAX, Gpr.RDX);
        lanes.forEachSixteen(
                Gpr.RAX,
                index,
                Gpr.R10,
                Gpr.R11,
                isTail -> {
                    for (int part = 0; part < lanes.parts(); part++) {
                        V x0 = lanes.register(0);
                        V x1 = lanes.register(1);
                        V cosine = lanes.register(2);
                        V sine = lanes.register(3);
                        V crossed = lanes.register(4);
                        lanes.load(x0, Address.at(Gpr.RDI, index, 1, 0), part, isTail);
                        lanes.load(x1, Address.at(second, index, 1, 0), part, isTail);
                        lanes.load(cosine, Address.at(Gpr.RSI, index, 1, 0), part, isTail);
                        lanes.load(sine, Address.at(sines, index, 1, 0), part, isTail);
                        code.emit(Ternary.VMULPS, crossed, x1, sine);
                        code.emit(Ternary.VMULPS, sine, x0, sine);
                        code.emit(Ternary.VFMSUB213PS, x0, cosine, crossed);
                        code.emit(Ternary.VFMADD213PS, x1, cosine, sine);
                        lanes.store(Address.at(Gpr.RDI, index, 1, 0), x0, part, isTail);
                        lanes.store(Address.at(second, index, 1, 0), x1, part, isTail);
                    }
                });
        nextHead(lanes, nextHead);
        return code.assemble();
    }

    /// As the other; each cosine and sine stands twice, the first sine of two negated.
    private static <V extends Vector<V>> byte[] adjacent(EmittedLanes<V> lanes) {
        Assembler code = lanes.code();
        Gpr sines = Gpr.R9;
        Gpr index = Gpr.RBX;
        lanes.enter();
        code.lea(sines, Address.at(Gpr.RSI, Gpr.RDX, Float.BYTES, 0));
        Label nextHead = code.here();
        code.move(Gpr.RAX, Gpr.RDX);
        lanes.forEachSixteen(
                Gpr.RAX,
                index,
                Gpr.R10,
                Gpr.R11,
                isTail -> {
                    for (int part = 0; part < lanes.parts(); part++) {
                        V own = lanes.register(0);
                        V other = lanes.register(1);
                        V cosine = lanes.register(2);
                        V sine = lanes.register(3);
                        lanes.load(own, Address.at(Gpr.RDI, index, 1, 0), part, isTail);
                        lanes.load(cosine, Address.at(Gpr.RSI, index, 1, 0), part, isTail);
                        lanes.load(sine, Address.at(sines, index, 1, 0), part, isTail);
                        code.emit(Binary.Immediate.VPERMILPS, other, own, SWAP_NEIGHBOURS);
                        code.emit(Ternary.VMULPS, other, other, sine);
                        code.emit(Ternary.VFMADD213PS, own, cosine, other);
                        lanes.store(Address.at(Gpr.RDI, index, 1, 0), own, part, isTail);
                    }
                });
        nextHead(lanes, nextHead);
        return code.assemble();
    }

    private static void nextHead(EmittedLanes<?> lanes, Label nextHead) {
        Assembler code = lanes.code();
        code.emit(Arithmetic.ADD, Gpr.RDI, Gpr.R8);
        code.emit(Arithmetic.SUB, Gpr.RCX, 1);
        code.jumpIf(Condition.NOT_EQUAL, nextHead);
        lanes.leave();
    }
}
