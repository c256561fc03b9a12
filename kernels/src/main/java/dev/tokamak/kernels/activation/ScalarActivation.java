package dev.tokamak.kernels.activation;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.tokamak.kernels.arithmetic.ErrorFunction;
import dev.tokamak.kernels.arithmetic.Exponential;
import dev.tokamak.kernels.arithmetic.HyperbolicTangent;
import java.lang.foreign.MemorySegment;

/// The element-wise operations in plain Java: the specification. Thread-safe.
final class ScalarActivation implements Activation {

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
        for (int i = 0; i < count; i++) {
            float g = at(gate, gateOffsetBytes, i);
            float u = at(up, upOffsetBytes, i);
            if (function.bounded()) {
                g = Math.min(g, GateFunction.BOUND);
                u = Math.max(Math.min(u, GateFunction.BOUND), -GateFunction.BOUND) + 1f;
            }
            put(output, outputOffsetBytes, i, value(function.curve(), g) * u);
        }
    }

    @Override
    public void apply(ElementFunction function, MemorySegment x, long offsetBytes, int count) {
        for (int i = 0; i < count; i++) {
            put(x, offsetBytes, i, value(function, at(x, offsetBytes, i)));
        }
    }

    private static float value(ElementFunction function, float x) {
        return switch (function) {
            case SILU -> x / (1f + Exponential.exp(-x));
            case GELU_TANH -> {
                float cubic =
                        Math.fma(x * x, ElementFunction.GELU_CUBIC, ElementFunction.GELU_LINEAR);
                yield x / (1f + Exponential.exp(-(x * cubic)));
            }
            case GELU_ERF -> 0.5f * x * ErrorFunction.onePlusErf(x * ElementFunction.ROOT_OF_HALF);
            case QUICK_GELU -> x / (1f + Exponential.exp(-(x * ElementFunction.QUICK_FACTOR)));
            case RELU -> relu(x);
            case RELU_SQUARED -> relu(x) * relu(x);
            case SIGMOID -> 1f / (1f + Exponential.exp(-x));
            case TANH -> HyperbolicTangent.tanh(x);
        };
    }

    private static float relu(float x) {
        return x < 0f ? 0f : x;
    }

    @Override
    public void add(
            MemorySegment target,
            long targetOffsetBytes,
            MemorySegment addend,
            long addendOffsetBytes,
            int count) {
        for (int i = 0; i < count; i++) {
            float sum = at(target, targetOffsetBytes, i) + at(addend, addendOffsetBytes, i);
            put(target, targetOffsetBytes, i, sum);
        }
    }

    @Override
    public void addScaled(
            MemorySegment target,
            long targetOffsetBytes,
            MemorySegment addend,
            long addendOffsetBytes,
            float factor,
            int count) {
        for (int i = 0; i < count; i++) {
            float added = at(addend, addendOffsetBytes, i);
            float sum = Math.fma(added, factor, at(target, targetOffsetBytes, i));
            put(target, targetOffsetBytes, i, sum);
        }
    }

    @Override
    public void scale(MemorySegment x, long offsetBytes, float factor, int count) {
        for (int i = 0; i < count; i++) {
            put(x, offsetBytes, i, at(x, offsetBytes, i) * factor);
        }
    }

    @Override
    public void softcap(MemorySegment x, long offsetBytes, float cap, int count) {
        for (int i = 0; i < count; i++) {
            put(x, offsetBytes, i, cap * HyperbolicTangent.tanh(at(x, offsetBytes, i) / cap));
        }
    }

    private static float at(MemorySegment memory, long offsetBytes, int index) {
        return memory.get(JAVA_FLOAT, offsetBytes + (long) index * Float.BYTES);
    }

    private static void put(MemorySegment memory, long offsetBytes, int index, float value) {
        memory.set(JAVA_FLOAT, offsetBytes + (long) index * Float.BYTES, value);
    }
}
