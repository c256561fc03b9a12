package dev.tokamak.kernels.attention;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;

/// Writes keys and values as fp16 into pages, the same for every tier. Immutable.
final class KeyValueStore {

    private static final float LARGEST_HALF = 65504f;

    private KeyValueStore() {}

    static void store(
            KvView view,
            AttentionHead head,
            int position,
            MemorySegment keys,
            long keyOffsetBytes,
            MemorySegment values,
            long valueOffsetBytes) {
        KvLayout layout = view.layout();
        MemorySegment pool = view.pool();
        int slot = position % KvLayout.PAGE_TOKENS;
        long keyPage =
                view.pageOffsetBytes(position)
                        + layout.headOffsetBytes(head.layer(), head.kvHead());
        for (int d = 0; d < layout.keyDim(); d++) {
            float key = keys.get(JAVA_FLOAT, keyOffsetBytes + (long) d * Float.BYTES);
            long element = (long) d * KvLayout.PAGE_TOKENS + slot;
            pool.set(JAVA_SHORT, keyPage + element * Short.BYTES, half(key));
        }
        long valueRow =
                keyPage
                        + (long) KvLayout.PAGE_TOKENS * layout.keyDim() * Short.BYTES
                        + (long) slot * layout.valueDim() * Short.BYTES;
        for (int d = 0; d < layout.valueDim(); d++) {
            float value = values.get(JAVA_FLOAT, valueOffsetBytes + (long) d * Float.BYTES);
            pool.set(JAVA_SHORT, valueRow + (long) d * Short.BYTES, half(value));
        }
    }

    /// The nearest fp16 number, half to even, clamped to ±65,504; NaN stays NaN.
    static short half(float x) {
        return Float.floatToFloat16(Math.clamp(x, -LARGEST_HALF, LARGEST_HALF));
    }
}
