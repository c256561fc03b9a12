package dev.tokamak.kernels.attention;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// One sequence of random keys, values and queries, stored in shuffled pages.
final class AttentionFixture {

    final KvLayout layout;

    /// The last of the layout, in which everything happens.
    final KvLayer layer;

    final int positions;
    final int heads;
    final KvView view;
    final int[] pages;
    final MemorySegment queries;
    final float[][][] keys;
    final float[][][] values;

    AttentionFixture(Arena arena, Random random, KvLayout layout, int queryHeads, int positions) {
        this.layout = layout;
        layer = layout.layer(layout.layers() - 1);
        this.positions = positions;
        this.heads = layer.kvHeads() * queryHeads;
        int pageCount = (positions + 31) / 32;
        MemorySegment pool = arena.allocate(layout.pageBytes() * (pageCount + 2), 64);
        pool.fill((byte) 0xff); // NaN in every type
        pages = random.ints(0, pageCount + 2).distinct().limit(pageCount).toArray();
        view = new KvView(layout, pool);
        view.pages(pages, positions);
        queries = randomFloats(arena, random, positions * heads * layer.keyDim(), 2f);
        keys = new float[layer.kvHeads()][positions][layer.keyDim()];
        values = new float[layer.kvHeads()][positions][layer.valueDim()];
        MemorySegment key = randomFloats(arena, random, positions * layer.keyDim(), 1f);
        MemorySegment value = randomFloats(arena, random, positions * layer.valueDim(), 1f);
        for (int kvHead = 0; kvHead < layer.kvHeads(); kvHead++) {
            AttentionHead head = head(kvHead, rule());
            for (int p = 0; p < positions; p++) {
                long keyAt = (long) p * layer.keyDim() * Float.BYTES;
                long valueAt = (long) p * layer.valueDim() * Float.BYTES;
                Attention.scalar().store(view, head, p, key, keyAt, value, valueAt);
                read(key, keyAt, layout.type(), keys[kvHead][p]);
                read(value, valueAt, layout.type(), values[kvHead][p]);
            }
        }
    }

    /// All earlier keys and the usual scale.
    ScoreRule rule() {
        return ScoreRule.causal((float) (1 / Math.sqrt(layer.keyDim())));
    }

    /// As [#rule()] within a window; `Integer.MAX_VALUE` for none.
    ScoreRule windowed(int window) {
        return rule().withVisibility(Visibility.window(window));
    }

    /// Any rule: windows, chunks, a cap, sinks and keys that come later, together or not.
    ScoreRule randomRule(Arena arena, Random random) {
        Visibility[] visibilities = {
            Visibility.causal(),
            Visibility.window(1),
            Visibility.window(33),
            Visibility.window(1 + random.nextInt(700)),
            Visibility.chunk(1 + random.nextInt(300)),
            Visibility.everything(),
            Visibility.within(random.nextInt(600)),
            new Visibility(random.nextInt(40), random.nextInt(40))
        };
        ScoreRule rule = rule().withVisibility(visibilities[random.nextInt(visibilities.length)]);
        if (random.nextBoolean()) {
            rule = rule.withSoftcap(0.5f + 4 * random.nextFloat());
        }
        return random.nextBoolean() ? rule : rule.withSinks(randomFloats(arena, random, heads, 3f));
    }

    /// All query heads of a KV head.
    AttentionHead head(int kvHead, ScoreRule rule) {
        int group = heads / layer.kvHeads();
        return head(kvHead, kvHead * group, group, rule);
    }

    AttentionHead head(int kvHead, int firstQueryHead, int queryHeads, ScoreRule rule) {
        return new AttentionHead(
                layout.layers() - 1,
                kvHead,
                firstQueryHead,
                queryHeads,
                rule,
                heads * layer.keyDim(),
                heads * layer.valueDim());
    }

    /// The outputs of tokens `[first, first + count)` in rows of the same numbers, all others 0.
    MemorySegment attend(Attention attention, Arena arena, ScoreRule rule, int first, int count) {
        MemorySegment output = output(arena);
        AttentionScratch scratch = new AttentionScratch(layout, arena);
        for (int kvHead = 0; kvHead < layer.kvHeads(); kvHead++) {
            attention.attend(
                    view, head(kvHead, rule), first, first, count, queries, output, scratch);
        }
        return output;
    }

    MemorySegment output(Arena arena) {
        return arena.allocate((long) positions * heads * layer.valueDim() * Float.BYTES, 64);
    }

    /// A layout that ends with this layer; those before it, at most two, are of any sizes.
    static KvLayout layout(Random random, KvLayer last, KvType type) {
        List<KvLayer> layers = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            int heads = random.nextInt(3);
            layers.add(new KvLayer(heads, 1 + random.nextInt(40), 1 + random.nextInt(40)));
        }
        layers.add(last);
        return new KvLayout(layers, type);
    }

    /// A layout of one layer of one KV head, in fp16.
    static KvLayout single(int keyDim, int valueDim) {
        return new KvLayout(1, new KvLayer(1, keyDim, valueDim), KvType.F16);
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
