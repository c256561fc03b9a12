package dev.tokamak.kernels.activation;

import dev.tokamak.kernels.arithmetic.Lanes;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// The element-wise operations in lanes of the Vector API. Thread-safe.
final class VectorActivation implements Activation {

    private final ScalarActivation tail = new ScalarActivation();

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
        ElementFunction curve = function.curve();
        boolean bounded = function.bounded();
        int bound = Lanes.SPECIES.loopBound(count);
        for (int i = 0; i < bound; i += Lanes.COUNT) {
            long at = (long) i * Float.BYTES;
            FloatVector g = load(gate, gateOffsetBytes + at);
            FloatVector u = load(up, upOffsetBytes + at);
            if (bounded) {
                g = g.min(GateFunction.BOUND);
                u = u.min(GateFunction.BOUND).max(-GateFunction.BOUND).add(1f);
            }
            store(value(curve, g).mul(u), output, outputOffsetBytes + at);
        }
        long at = (long) bound * Float.BYTES;
        tail.gate(
                function,
                gate,
                gateOffsetBytes + at,
                up,
                upOffsetBytes + at,
                output,
                outputOffsetBytes + at,
                count - bound);
    }

    @Override
    public void apply(ElementFunction function, MemorySegment x, long offsetBytes, int count) {
        int bound = Lanes.SPECIES.loopBound(count);
        for (int i = 0; i < bound; i += Lanes.COUNT) {
            long at = offsetBytes + (long) i * Float.BYTES;
            store(value(function, load(x, at)), x, at);
        }
        tail.apply(function, x, offsetBytes + (long) bound * Float.BYTES, count - bound);
    }

    private static FloatVector value(ElementFunction function, FloatVector x) {
        return switch (function) {
            case SILU -> gatedBySigmoid(x, x);
            case GELU_TANH -> {
                FloatVector cubic =
                        x.mul(x)
                                .fma(
                                        broadcast(ElementFunction.GELU_CUBIC),
                                        broadcast(ElementFunction.GELU_LINEAR));
                yield gatedBySigmoid(x, x.mul(cubic));
            }
            case GELU_ERF -> x.mul(0.5f).mul(Lanes.onePlusErf(x.mul(ElementFunction.ROOT_OF_HALF)));
            case QUICK_GELU -> gatedBySigmoid(x, x.mul(ElementFunction.QUICK_FACTOR));
            case RELU -> relu(x);
            case RELU_SQUARED -> relu(x).mul(relu(x));
            case SIGMOID -> gatedBySigmoid(broadcast(1f), x);
            case TANH -> Lanes.tanh(x);
        };
    }

    /// `x / (1 + exp(-z))`
    private static FloatVector gatedBySigmoid(FloatVector x, FloatVector z) {
        return x.div(Lanes.exp(z.neg()).add(1f));
    }

    private static FloatVector relu(FloatVector x) {
        return x.blend(0f, x.compare(VectorOperators.LT, 0f));
    }

    private static FloatVector broadcast(float value) {
        return FloatVector.broadcast(Lanes.SPECIES, value);
    }

    @Override
    public void add(
            MemorySegment target,
            long targetOffsetBytes,
            MemorySegment addend,
            long addendOffsetBytes,
            int count) {
        int bound = Lanes.SPECIES.loopBound(count);
        for (int i = 0; i < bound; i += Lanes.COUNT) {
            long at = (long) i * Float.BYTES;
            FloatVector sum =
                    load(target, targetOffsetBytes + at).add(load(addend, addendOffsetBytes + at));
            store(sum, target, targetOffsetBytes + at);
        }
        long at = (long) bound * Float.BYTES;
        tail.add(target, targetOffsetBytes + at, addend, addendOffsetBytes + at, count - bound);
    }

    @Override
    public void addScaled(
            MemorySegment target,
            long targetOffsetBytes,
            MemorySegment addend,
            long addendOffsetBytes,
            float factor,
            int count) {
        FloatVector factors = broadcast(factor);
        int bound = Lanes.SPECIES.loopBound(count);
        for (int i = 0; i < bound; i += Lanes.COUNT) {
            long at = (long) i * Float.BYTES;
            FloatVector sum =
                    load(addend, addendOffsetBytes + at)
                            .fma(factors, load(target, targetOffsetBytes + at));
            store(sum, target, targetOffsetBytes + at);
        }
        long at = (long) bound * Float.BYTES;
        tail.addScaled(
                target,
                targetOffsetBytes + at,
                addend,
                addendOffsetBytes + at,
                factor,
                count - bound);
    }

    @Override
    public void scale(MemorySegment x, long offsetBytes, float factor, int count) {
        int bound = Lanes.SPECIES.loopBound(count);
        for (int i = 0; i < bound; i += Lanes.COUNT) {
            long at = offsetBytes + (long) i * Float.BYTES;
            store(load(x, at).mul(factor), x, at);
        }
        tail.scale(x, offsetBytes + (long) bound * Float.BYTES, factor, count - bound);
    }

    @Override
    public void softcap(MemorySegment x, long offsetBytes, float cap, int count) {
        int bound = Lanes.SPECIES.loopBound(count);
        for (int i = 0; i < bound; i += Lanes.COUNT) {
            long at = offsetBytes + (long) i * Float.BYTES;
            store(Lanes.tanh(load(x, at).div(cap)).mul(cap), x, at);
        }
        tail.softcap(x, offsetBytes + (long) bound * Float.BYTES, cap, count - bound);
    }

    private static FloatVector load(MemorySegment from, long offsetBytes) {
        return FloatVector.fromMemorySegment(Lanes.SPECIES, from, offsetBytes, Lanes.ORDER);
    }

    private static void store(FloatVector x, MemorySegment to, long offsetBytes) {
        x.intoMemorySegment(to, offsetBytes, Lanes.ORDER);
    }
}
