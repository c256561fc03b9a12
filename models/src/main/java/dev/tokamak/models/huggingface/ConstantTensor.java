package dev.tokamak.models.huggingface;

import dev.tokamak.models.gguf.GgmlType;
import java.lang.foreign.Arena;
import java.util.List;

/// A vector of floats that comes from the configuration. Thread-safe.
record ConstantTensor(String name, List<Float> values) implements SourceTensor {

    ConstantTensor {
        values = List.copyOf(values);
    }

    @Override
    public GgmlType type() {
        return GgmlType.F32;
    }

    @Override
    public List<Long> shape() {
        return List.of((long) values.size());
    }

    @Override
    public ElementReader open(Arena owner) {
        return (first, count, target, offsetBytes) -> {
            for (int i = 0; i < count; i++) {
                float value = values.get((int) first + i);
                target.set(FloatTensor.FLOAT, offsetBytes + (long) i * Float.BYTES, value);
            }
        };
    }
}
