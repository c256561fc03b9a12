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
    public ElementReader open(Arena owner) {
        MemorySegment packed = blocks.map(owner);
        MemorySegment exponents = scales.map(owner);
        return (first, count, target, offsetBytes) -> {
            long firstBlock = first / BLOCK_ELEMENTS;
            for (long i = 0; i < count / BLOCK_ELEMENTS; i++) {
                long at = offsetBytes + i * type().blockBytes();
                long block = firstBlock + i;
                target.set(ValueLayout.JAVA_BYTE, at, exponents.get(ValueLayout.JAVA_BYTE, block));
                repack(packed, block, target, at + 1);
            }
        };
    }

    private static void repack(
            MemorySegment packed, long block, MemorySegment target, long offsetBytes) {
        for (int i = 0; i < HALF; i++) {
            int pair = element(packed, block, i) | (element(packed, block, i + HALF) << 4);
            target.set(ValueLayout.JAVA_BYTE, offsetBytes + i, (byte) pair);
        }
    }

    private static int element(MemorySegment packed, long block, int index) {
        int pair = packed.get(ValueLayout.JAVA_BYTE, block * HALF + index / 2);
        return (pair >> (4 * (index % 2))) & 15;
    }
}
