package dev.tokamak.kernels.activation;

import static dev.tokamak.kernels.arithmetic.NativeRange.address;

import dev.tokamak.kernels.arithmetic.EmittedLanes;
import dev.tokamak.kernels.code.CodeMemory;
import dev.tokamak.kernels.code.CodeMemory.Draft;
import dev.tokamak.kernels.code.EmittedFunction;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The element-wise operations as machine code. Thread-safe.
final class EmittedActivation implements Activation {

    /// Up to this many floats a call is brief.
    private static final int BRIEF_COUNT = 1 << 15;

    private final Map<GateFunction, EmittedFunction> gates = new EnumMap<>(GateFunction.class);
    private final Map<ElementFunction, EmittedFunction> curves =
            new EnumMap<>(ElementFunction.class);
    private final EmittedFunction add;
    private final EmittedFunction addScaled;
    private final EmittedFunction scale;
    private final EmittedFunction softcap;

    EmittedActivation(CodeMemory memory, int vectorBits) {
        List<Draft> drafts = new ArrayList<>();
        drafts.add(new Draft("add", ActivationCode.add(EmittedLanes.of(vectorBits))));
        drafts.add(new Draft("add scaled", ActivationCode.addScaled(EmittedLanes.of(vectorBits))));
        drafts.add(new Draft("scale", ActivationCode.scale(EmittedLanes.of(vectorBits))));
        drafts.add(new Draft("softcap", ActivationCode.softcap(EmittedLanes.of(vectorBits))));
        for (GateFunction function : GateFunction.values()) {
            byte[] code = ActivationCode.gate(EmittedLanes.of(vectorBits), function);
            drafts.add(new Draft("gate " + function, code));
        }
        for (ElementFunction function : ElementFunction.values()) {
            byte[] code = ActivationCode.apply(EmittedLanes.of(vectorBits), function);
            drafts.add(new Draft("apply " + function, code));
        }
        Iterator<EmittedFunction> functions = memory.publish(drafts).iterator();
        add = functions.next();
        addScaled = functions.next();
        scale = functions.next();
        softcap = functions.next();
        for (GateFunction function : GateFunction.values()) {
            gates.put(function, functions.next());
        }
        for (ElementFunction function : ElementFunction.values()) {
            curves.put(function, functions.next());
        }
    }

    private static <K> EmittedFunction function(Map<K, EmittedFunction> functions, K key) {
        return Objects.requireNonNull(functions.get(key));
    }

    @Override
    public void gate(
            GateFunction function,
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
                function(gates, function),
                address(gate, gateOffsetBytes, count),
                address(up, upOffsetBytes, count),
                address(output, outputOffsetBytes, count),
                0,
                count);
    }

    @Override
    public void apply(ElementFunction function, MemorySegment x, long offsetBytes, int count) {
        inPlace(function(curves, function), x, offsetBytes, 0, count);
    }

    @Override
    public void add(
            MemorySegment target,
            long targetOffsetBytes,
            MemorySegment addend,
            long addendOffsetBytes,
            int count) {
        sum(add, target, targetOffsetBytes, addend, addendOffsetBytes, 0, count);
    }

    @Override
    public void addScaled(
            MemorySegment target,
            long targetOffsetBytes,
            MemorySegment addend,
            long addendOffsetBytes,
            float factor,
            int count) {
        sum(addScaled, target, targetOffsetBytes, addend, addendOffsetBytes, factor, count);
    }

    @Override
    public void scale(MemorySegment x, long offsetBytes, float factor, int count) {
        inPlace(scale, x, offsetBytes, factor, count);
    }

    @Override
    public void softcap(MemorySegment x, long offsetBytes, float cap, int count) {
        inPlace(softcap, x, offsetBytes, cap, count);
    }

    private static void sum(
            EmittedFunction function,
            MemorySegment target,
            long targetOffsetBytes,
            MemorySegment addend,
            long addendOffsetBytes,
            float factor,
            int count) {
        if (count < 1) {
            return;
        }
        long to = address(target, targetOffsetBytes, count);
        call(function, to, address(addend, addendOffsetBytes, count), to, factor, count);
    }

    private static void inPlace(
            EmittedFunction function, MemorySegment x, long offsetBytes, float factor, int count) {
        if (count < 1) {
            return;
        }
        long address = address(x, offsetBytes, count);
        call(function, address, 0, address, factor, count);
    }

    private static void call(
            EmittedFunction function, long a, long b, long to, float factor, int count) {
        int bits = Float.floatToRawIntBits(factor);
        if (count <= BRIEF_COUNT) {
            function.callBriefly(a, b, to, count, bits, 0);
        } else {
            function.call(a, b, to, count, bits, 0);
        }
    }
}
