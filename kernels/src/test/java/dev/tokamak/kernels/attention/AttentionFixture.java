package dev.tokamak.kernels.attention;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;

/// One sequence of random keys, values and queries, stored in shuffled pages.
final class AttentionFixture {

    final KvLayout layout;
    final int positions;
    final int heads;
    final KvView view;
    final MemorySegment queries;
    final float[][][] keys;
    final float[][][] values;

    AttentionFixture(Arena arena, Random random, KvLayout layout, int queryHeads, int positions) {
        this.layout = layout;
        this.positions = positions;
        this.heads = layout.kvHeads() * queryHeads;
        int pageCount = (positions + 31) / 32;
        MemorySegment pool = arena.allocate(layout.pageBytes() * (pageCount + 2), 64);
        pool.fill((byte) 0xff); // NaN in every type
        int[] pages = random.ints(0, pageCount + 2).distinct().limit(pageCount).toArray();
        view = new KvView(layout, pool);
        view.pages(pages);
        queries = randomFloats(arena, random, positions * heads * layout.keyDim(), 2f);
        keys = new float[layout.kvHeads()][positions][layout.keyDim()];
        values = new float[layout.kvHeads()][positions][layout.valueDim()];
        MemorySegment key = randomFloats(arena, random, positions * layout.keyDim(), 1f);
        MemorySegment value = randomFloats(arena, random, positions * layout.valueDim(), 1f);
        for (int kvHead = 0; kvHead < layout.kvHeads(); kvHead++) {
            AttentionHead head = head(kvHead, Integer.MAX_VALUE);
            for (int p = 0; p < positions; p++) {
                long keyAt = (long) p * layout.keyDim() * Float.BYTES;
                long valueAt = (long) p * layout.valueDim() * Float.BYTES;
                Attention.scalar().store(view, head, p, key, keyAt, value, valueAt);
                read(key, keyAt, layout.type(), keys[kvHead][p]);
                read(value, valueAt, layout.type(), values[kvHead][p]);
            }
        }
    }

    AttentionHead head(int kvHead, int window) {
        int perKv = heads / layout.kvHeads();
        return new AttentionHead(
                layout.layers() - 1,
                kvHead,
                perKv,
                (float) (1 / Math.sqrt(layout.keyDim())),
                window,
                heads * layout.keyDim(),
                heads * layout.valueDim());
    }

    /// The outputs of tokens `[first, first + count)` in rows of the same numbers, all others 0.
    MemorySegment attend(Attention attention, Arena arena, int window, int first, int count) {
        MemorySegment output =
                arena.allocate((long) positions * heads * layout.valueDim() * Float.BYTES, 64);
        AttentionScratch scratch = new AttentionScratch(layout, arena);
        for (int kvHead = 0; kvHead < layout.kvHeads(); kvHead++) {
            attention.attend(
                    view, head(kvHead, window), first, first, count, queries, output, scratch);
        }
        return output;
    }

    static MemorySegment randomFloats(Arena arena, Random random, int count, float size) {
        MemorySegment floats = arena.allocate((long) count * Float.BYTES, 64);
        for (int i = 0; i < count; i++) {
            floats.setAtIndex(JAVA_FLOAT, i, (float) random.nextGaussian() * size);
        }
        return floats;
    }

    private static void read(MemorySegment from, long offsetBytes, KvType type, float[] to) {
        for (int i = 0; i < to.length; i++) {
            float x = from.get(JAVA_FLOAT, offsetBytes + (long) i * Float.BYTES);
            to[i] = type == KvType.F32 ? x : Float.float16ToFloat(Float.floatToFloat16(x));
        }
    }
}
