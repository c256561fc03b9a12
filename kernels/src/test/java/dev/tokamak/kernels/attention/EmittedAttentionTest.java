package dev.tokamak.kernels.attention;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tokamak.kernels.Parity;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EmittedAttentionTest {

    private static final int[] DIMS = {
        1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 24, 31, 32, 40, 64, 80, 96, 100, 128, 256, 513
    };

    private final Map<String, Attention> attentions = EmittedTiers.attentions();

    @Test
    void attend_whenAnyShape_equalsTheReference() {
        Random random = Parity.random("emitted attention");
        for (int round = 0; round < 120; round++) {
            try (Arena arena = Arena.ofConfined()) {
                KvLayout layout = layout(random);
                int positions = 1 + random.nextInt(round % 10 == 0 ? 1200 : 150);
                int queryHeads = 1 + random.nextInt(round % 7 == 0 ? 30 : 9);
                AttentionFixture fixture =
                        new AttentionFixture(arena, random, layout, queryHeads, positions);
                if (round % 5 == 4) {
                    spoil(fixture.queries, random);
                }
                int first = random.nextInt(positions);
                int count = 1 + random.nextInt(Math.min(100, positions - first));
                compare(fixture, arena, fixture.randomRule(arena, random), first, count);
            }
        }
    }

    @Test
    void attend_whenPositionsAreAtBorders_equalsTheReference() {
        Random random = Parity.random("emitted attention at borders");
        KvLayout layout = AttentionFixture.single(16, 24);
        try (Arena arena = Arena.ofConfined()) {
            AttentionFixture fixture = new AttentionFixture(arena, random, layout, 3, 1100);
            for (int border : new int[] {32, 64, 512, 1024}) {
                for (int first = border - 2; first <= border + 2; first++) {
                    for (int window : new int[] {Integer.MAX_VALUE, 1, 31, 32, 33, 511, 513}) {
                        compare(fixture, arena, fixture.windowed(window), first, 1);
                        compare(fixture, arena, fixture.windowed(window), first, 9);
                    }
                }
            }
        }
    }

    /// Each number of rows that a block can have, and windows that begin inside a tile.
    @Test
    void attend_whenAnyNumberOfQueryHeads_equalsTheReference() {
        Random random = Parity.random("emitted attention of query heads");
        for (int queryHeads = 1; queryHeads <= 25; queryHeads++) {
            try (Arena arena = Arena.ofConfined()) {
                KvType type = KvType.values()[queryHeads % 2];
                KvLayout layout = new KvLayout(1, new KvLayer(1, 64, 64), type);
                AttentionFixture fixture =
                        new AttentionFixture(arena, random, layout, queryHeads, 90);
                compare(fixture, arena, fixture.rule(), 89, 1);
                compare(fixture, arena, fixture.windowed(40), 0, 90);
                compare(fixture, arena, fixture.randomRule(arena, random), 0, 90);
            }
        }
    }

    /// Heads as large models have them, and query heads that are split over calls.
    @Test
    void attend_whenHeadsAreLarge_equalsTheReference() {
        Random random = Parity.random("emitted attention of large heads");
        int[][] shapes = {
            {576, 512, 128}, {192, 128, 7}, {512, 512, 3}, {256, 256, 5}, {40, 96, 7}, {96, 80, 24}
        };
        for (int[] shape : shapes) {
            try (Arena arena = Arena.ofConfined()) {
                KvType type = KvType.values()[random.nextInt(2)];
                KvLayer layer = new KvLayer(1, shape[0], shape[1]);
                KvLayout layout = AttentionFixture.layout(random, layer, type);
                AttentionFixture fixture =
                        new AttentionFixture(arena, random, layout, shape[2], 70);
                compare(fixture, arena, fixture.randomRule(arena, random), 67, 3);
                compareParts(fixture, arena, fixture.randomRule(arena, random));
            }
        }
    }

    private void compareParts(AttentionFixture fixture, Arena arena, ScoreRule rule) {
        MemorySegment expected = fixture.attend(Attention.scalar(), arena, rule, 68, 2);
        Map<String, Attention> all = new HashMap<>(attentions);
        all.put("vector", Attention.vector());
        all.put("scalar", Attention.scalar());
        AttentionScratch scratch = new AttentionScratch(fixture.layout, arena);
        all.forEach(
                (name, attention) -> {
                    MemorySegment actual = fixture.output(arena);
                    int part = fixture.heads / 3 + 1;
                    for (int first = 0; first < fixture.heads; first += part) {
                        int heads = Math.min(part, fixture.heads - first);
                        AttentionHead head = fixture.head(0, first, heads, rule);
                        attention.attend(
                                fixture.view, head, 68, 68, 2, fixture.queries, actual, scratch);
                    }
                    Parity.assertSameBits(actual, expected, name + " in parts, " + fixture.layout);
                });
    }

    private static KvLayout layout(Random random) {
        KvLayer layer =
                new KvLayer(
                        1 + random.nextInt(2),
                        DIMS[random.nextInt(DIMS.length)],
                        DIMS[random.nextInt(DIMS.length)]);
        return AttentionFixture.layout(random, layer, KvType.values()[random.nextInt(2)]);
    }

    private void compare(
            AttentionFixture fixture, Arena arena, ScoreRule rule, int first, int count) {
        MemorySegment expected = fixture.attend(Attention.scalar(), arena, rule, first, count);
        attentions.forEach(
                (name, attention) ->
                        Parity.assertSameBits(
                                fixture.attend(attention, arena, rule, first, count),
                                expected,
                                "%s, %s, %d heads, %s, tokens %d + %d"
                                        .formatted(
                                                name,
                                                fixture.layout,
                                                fixture.heads,
                                                rule,
                                                first,
                                                count)));
    }

    private static void spoil(MemorySegment queries, Random random) {
        float[] extremes = {
            1e38f,
            -1e38f,
            1e-38f,
            Float.MIN_VALUE,
            Float.NaN,
            Float.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY,
            0f,
            -0f
        };
        for (int i = 0; i < queries.byteSize() / 400; i++) {
            queries.setAtIndex(
                    JAVA_FLOAT,
                    random.nextLong(queries.byteSize() / 4),
                    extremes[random.nextInt(extremes.length)]);
        }
    }

    @Test
    void attend_whenKeysAndValuesAreExtreme_equalsTheReference() {
        Random random = Parity.random("emitted attention of extremes");
        for (int round = 0; round < 60; round++) {
            try (Arena arena = Arena.ofConfined()) {
                KvLayout layout = layout(random);
                int positions = 1 + random.nextInt(100);
                AttentionFixture fixture =
                        new AttentionFixture(arena, random, layout, 2, positions);
                boolean infinite = round % 2 == 0;
                storeExtremes(fixture, random, arena, infinite);
                if (round % 3 == 0) {
                    fixture.queries.copyFrom(
                            Parity.extremes(
                                    arena,
                                    random,
                                    (int) (fixture.queries.byteSize() / 4),
                                    infinite));
                }
                compare(fixture, arena, fixture.randomRule(arena, random), 0, positions);
            }
        }
    }

    private static void storeExtremes(
            AttentionFixture fixture, Random random, Arena arena, boolean infinite) {
        KvLayer layer = fixture.layer;
        for (int kvHead = 0; kvHead < layer.kvHeads(); kvHead++) {
            for (int p = 0; p < fixture.positions; p += 1 + random.nextInt(3)) {
                MemorySegment key = Parity.extremes(arena, random, layer.keyDim(), infinite);
                MemorySegment value = Parity.extremes(arena, random, layer.valueDim(), infinite);
                Attention.scalar()
                        .store(
                                fixture.view,
                                fixture.head(kvHead, fixture.rule()),
                                p,
                                key,
                                0,
                                value,
                                0);
            }
        }
    }

    @Test
    void store_whenAnyNumbers_writesThePagesOfTheReference() {
        Random random = Parity.random("emitted store");
        for (int round = 0; round < 100; round++) {
            try (Arena arena = Arena.ofConfined()) {
                KvLayout layout = layout(random);
                KvLayer layer = layout.layer(layout.layers() - 1);
                MemorySegment keys = Parity.extremes(arena, random, layer.keyDim() + 3, false);
                MemorySegment values = Parity.extremes(arena, random, layer.valueDim() + 3, false);
                AttentionHead head = storing(layout.layers() - 1, layer.kvHeads() - 1);
                int position = random.nextInt(96);
                MemorySegment expected = arena.allocate(3 * layout.pageBytes(), 64);
                KvView view = view(layout, expected);
                Attention.scalar().store(view, head, position, keys, 12, values, 12);
                attentions.forEach(
                        (name, attention) -> {
                            MemorySegment actual = arena.allocate(3 * layout.pageBytes(), 64);
                            attention.store(
                                    view(layout, actual), head, position, keys, 12, values, 12);
                            assertThat(actual.mismatch(expected))
                                    .as("%s %s", name, layout)
                                    .isEqualTo(-1);
                        });
            }
        }
    }

    @Test
    void store_whenNotFinite_keepsNaNAndClampsInfinity() {
        try (Arena arena = Arena.ofConfined()) {
            KvLayout layout = AttentionFixture.single(19, 19);
            MemorySegment row = arena.allocate(19 * 4, 64);
            for (int i = 0; i < 19; i++) {
                row.setAtIndex(JAVA_FLOAT, i, i % 2 == 0 ? Float.NaN : Float.NEGATIVE_INFINITY);
            }
            attentions.forEach(
                    (name, attention) -> {
                        MemorySegment pool = arena.allocate(3 * layout.pageBytes(), 64);
                        AttentionHead head = storing(0, 0);
                        attention.store(view(layout, pool), head, 2, row, 0, row, 0);
                        for (int d = 0; d < 19; d++) {
                            Float expected = d % 2 == 0 ? Float.NaN : -65504f;
                            long keyBytes = 2 * layout.pageBytes();
                            long valueBytes = keyBytes + 32L * 19 * 2;
                            assertThat(KeyValueStore.read(pool, KvType.F16, keyBytes, d * 32 + 2))
                                    .isEqualTo(expected);
                            assertThat(KeyValueStore.read(pool, KvType.F16, valueBytes, 2 * 19 + d))
                                    .isEqualTo(expected);
                        }
                    });
        }
    }

    private static AttentionHead storing(int layer, int kvHead) {
        return new AttentionHead(layer, kvHead, 0, 1, ScoreRule.causal(1f), 1, 1);
    }

    private static KvView view(KvLayout layout, MemorySegment pool) {
        KvView view = new KvView(layout, pool);
        view.pages(new int[] {2, 0, 1});
        return view;
    }

    @Test
    void attend_whenMemoryIsTooSmall_isRefused() {
        try (Arena arena = Arena.ofConfined()) {
            AttentionFixture fixture =
                    new AttentionFixture(
                            arena, new Random(1), AttentionFixture.single(8, 8), 1, 40);
            AttentionScratch scratch = new AttentionScratch(fixture.layout, arena);
            MemorySegment small = arena.allocate(8 * 4, 64);
            MemorySegment output = arena.allocate(40 * 8 * 4, 64);
            KvView outside = new KvView(fixture.layout, fixture.view.pool());
            outside.pages(new int[] {0, 99});
            attentions
                    .values()
                    .forEach(
                            attention -> {
                                AttentionHead head = fixture.head(0, fixture.rule());
                                assertThatThrownBy(
                                                () ->
                                                        attention.attend(
                                                                fixture.view,
                                                                head,
                                                                38,
                                                                38,
                                                                2,
                                                                small,
                                                                output,
                                                                scratch))
                                        .isInstanceOf(IndexOutOfBoundsException.class);
                                assertThatThrownBy(
                                                () ->
                                                        attention.attend(
                                                                fixture.view,
                                                                head,
                                                                38,
                                                                38,
                                                                2,
                                                                fixture.queries,
                                                                small,
                                                                scratch))
                                        .isInstanceOf(IndexOutOfBoundsException.class);
                                assertThatThrownBy(
                                                () ->
                                                        attention.attend(
                                                                outside,
                                                                head,
                                                                38,
                                                                38,
                                                                2,
                                                                fixture.queries,
                                                                output,
                                                                scratch))
                                        .isInstanceOf(IndexOutOfBoundsException.class);
                                assertThatThrownBy(
                                                () ->
                                                        attention.store(
                                                                outside, head, 38, small, 4, small,
                                                                0))
                                        .isInstanceOf(IndexOutOfBoundsException.class);
                            });
        }
    }
}
