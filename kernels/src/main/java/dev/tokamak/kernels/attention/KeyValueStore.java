package dev.tokamak.kernels.attention;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;

/// Writes keys and values into pages, the same for every tier. Immutable.
final class KeyValueStore {

    static final float LARGEST_HALF = 65504f;

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
        KvLayer layer = layout.layer(head.layer());
        KvType type = layout.type();
        MemorySegment pool = view.pool();
        int slot = position % KvLayout.PAGE_TOKENS;
        long keyPage =
                view.pageOffsetBytes(position)
                        + layout.headOffsetBytes(head.layer(), head.kvHead());
        for (int d = 0; d < layer.keyDim(); d++) {
            float key = keys.get(JAVA_FLOAT, keyOffsetBytes + (long) d * Float.BYTES);
            long element = (long) d * KvLayout.PAGE_TOKENS + slot;
            write(pool, type, keyPage + element * type.elementBytes(), key);
        }
        long valueRow =
                keyPage
                        + (long) KvLayout.PAGE_TOKENS * layer.keyDim() * type.elementBytes()
                        + (long) slot * layer.valueDim() * type.elementBytes();
        for (int d = 0; d < layer.valueDim(); d++) {
            float value = values.get(JAVA_FLOAT, valueOffsetBytes + (long) d * Float.BYTES);
            write(pool, type, valueRow + (long) d * type.elementBytes(), value);
        }
    }

    private static void write(MemorySegment pool, KvType type, long offsetBytes, float x) {
        if (type == KvType.F16) {
            pool.set(JAVA_SHORT, offsetBytes, half(x));
        } else {
            pool.set(JAVA_FLOAT, offsetBytes, x);
        }
    }

    /// Reads back what was written.
    static float read(MemorySegment pool, KvType type, long firstBytes, int element) {
        long offsetBytes = firstBytes + (long) element * type.elementBytes();
        return type == KvType.F16
                ? Float.float16ToFloat(pool.get(JAVA_SHORT, offsetBytes))
                : pool.get(JAVA_FLOAT, offsetBytes);
    }

    /// The nearest fp16 number, half to even, clamped to ±65,504; NaN stays NaN.
    static short half(float x) {
        return Float.floatToFloat16(Math.clamp(x, -LARGEST_HALF, LARGEST_HALF));
    }
}
