package dev.tokamak.models.huggingface;

import dev.tokamak.kernels.format.Dequantizer;
import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.models.gguf.GgmlType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// A tensor of any type that kernels know, as fp32. Thread-safe.
record DequantizedTensor(SourceTensor source, TensorType sourceType) implements SourceTensor {

    private static final int PIECE_ELEMENTS = 1 << 13;

    /// The tensor itself when it is of fp32 or cannot be read.
    static SourceTensor of(SourceTensor source) {
        return source.type() == GgmlType.F32
                ? source
                : source.type()
                        .tensorType()
                        .<SourceTensor>map(type -> new DequantizedTensor(source, type))
                        .orElse(source);
    }

    @Override
    public String name() {
        return source.name();
    }

    @Override
    public GgmlType type() {
        return GgmlType.F32;
    }

    @Override
    public List<Long> shape() {
        return source.shape();
    }

    @Override
    public ElementReader open(Arena owner) {
        ElementReader from = source.open(owner);
        int atOnce = (int) Math.min(Math.max(columns(), PIECE_ELEMENTS), elements());
        int whole = Math.toIntExact(columns()) * Math.max(1, atOnce / (int) columns());
        byte[] bytes = new byte[Math.toIntExact(source.bytes(whole))];
        MemorySegment packed = MemorySegment.ofArray(bytes);
        float[] floats = new float[whole];
        Dequantizer dequantizer = new Dequantizer(sourceType);
        return (first, count, target, offsetBytes) -> {
            for (long done = 0; done < count; done += whole) {
                int some = (int) Math.min(whole, count - done);
                from.read(first + done, some, packed, 0);
                dequantizer.dequantize(bytes, 0, floats, 0, some);
                MemorySegment.copy(
                        MemorySegment.ofArray(floats),
                        ValueLayout.JAVA_FLOAT,
                        0,
                        target,
                        FloatTensor.FLOAT,
                        offsetBytes + done * Float.BYTES,
                        some);
            }
        };
    }
}
