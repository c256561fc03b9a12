package dev.tokamak.models.huggingface;

import dev.tokamak.models.gguf.GgmlType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
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
    public MemorySegment map(Arena owner) {
        MemorySegment target = owner.allocate(sizeBytes(), Long.BYTES);
        for (int i = 0; i < values.size(); i++) {
            target.setAtIndex(FloatTensor.FLOAT, i, values.get(i));
        }
        return target;
    }
}
