package dev.tokamak.models.huggingface;

import dev.tokamak.models.gguf.GgmlType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// Blocks of 32 four-bit floats with their scales beside them, as blocks of GGUF's MXFP4: neighbours that share a byte move
/// half a block apart. Thread-safe.
///
/// @param blocks `[..., blocks, 16]` bytes, the earlier element in the lower half
/// @param scales `[..., blocks]` exponents
record Mxfp4Tensor(SourceTensor blocks, SourceTensor scales) implements SourceTensor {

    private static final int BLOCK_ELEMENTS = 32;
    private static final int HALF = 16;

    @Override
    public String name() {
        return blocks.name();
    }

    @Override
    public GgmlType type() {
        return GgmlType.MXFP4;
    }

    @Override
    public List<Long> shape() {
        List<Long> shape = new ArrayList<>(scales.shape());
        shape.addLast(Math.multiplyExact(shape.removeLast(), (long) BLOCK_ELEMENTS));
        return List.copyOf(shape);
    }

    @Override
    public MemorySegment map(Arena owner) {
        MemorySegment target = owner.allocate(sizeBytes(), Long.BYTES);
        int blockBytes = type().blockBytes();
        try (Arena reading = Arena.ofConfined()) {
            MemorySegment packed = blocks.map(reading);
            MemorySegment exponents = scales.map(reading);
            for (long block = 0; block < scales.elements(); block++) {
                long at = block * blockBytes;
                target.set(ValueLayout.JAVA_BYTE, at, exponents.get(ValueLayout.JAVA_BYTE, block));
                for (int i = 0; i < HALF; i++) {
                    int pair = element(packed, block, i) | (element(packed, block, i + HALF) << 4);
                    target.set(ValueLayout.JAVA_BYTE, at + 1 + i, (byte) pair);
                }
            }
        }
        return target;
    }

    private static int element(MemorySegment packed, long block, int index) {
        int pair = packed.get(ValueLayout.JAVA_BYTE, block * HALF + index / 2);
        return (pair >> (4 * (index % 2))) & 15;
    }
}
