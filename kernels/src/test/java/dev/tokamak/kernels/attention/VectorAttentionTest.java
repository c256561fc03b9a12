package dev.tokamak.kernels.attention;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.tokamak.kernels.Parity;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;

class VectorAttentionTest {

    private static final int[] DIMS = {1, 3, 16, 32, 40, 64, 80, 128};

    @Test
    void attend_whenAnyShape_equalsTheReference() {
        Random random = Parity.random("attention");
        for (int round = 0; round < 60; round++) {
            try (Arena arena = Arena.ofConfined()) {
                KvLayer layer =
                        new KvLayer(
                                1 + random.nextInt(2),
                                DIMS[random.nextInt(DIMS.length)],
                                DIMS[random.nextInt(DIMS.length)]);
                KvType type = KvType.values()[random.nextInt(2)];
                KvLayout layout = AttentionFixture.layout(random, layer, type);
                int positions = 1 + random.nextInt(round % 10 == 0 ? 1200 : 150);
                AttentionFixture fixture =
                        new AttentionFixture(
                                arena, random, layout, 1 + random.nextInt(9), positions);
                if (round % 5 == 4) {
                    spoil(fixture.queries, random);
                }
                ScoreRule rule = fixture.randomRule(arena, random);
                int first = random.nextInt(positions);
                int count = 1 + random.nextInt(Math.min(100, positions - first));
                MemorySegment expected =
                        fixture.attend(Attention.scalar(), arena, rule, first, count);
                MemorySegment actual =
                        fixture.attend(Attention.vector(), arena, rule, first, count);
                Parity.assertSameBits(
                        actual,
                        expected,
                        "%s, %d heads, %s, tokens %d + %d"
                                .formatted(layout, fixture.heads, rule, first, count));
            }
        }
    }

    private static void spoil(MemorySegment queries, Random random) {
        float[] extremes = {1e38f, -1e38f, Float.NaN, Float.POSITIVE_INFINITY, 0f, -0f};
        for (int i = 0; i < queries.byteSize() / 400; i++) {
            queries.setAtIndex(
                    JAVA_FLOAT,
                    random.nextLong(queries.byteSize() / 4),
                    extremes[random.nextInt(extremes.length)]);
        }
    }

    @Test
    void attend_whenTokensAreCutIntoChunks_givesTheSameBits() {
        Random random = Parity.random("attention chunks");
        try (Arena arena = Arena.ofConfined()) {
            AttentionFixture fixture =
                    new AttentionFixture(arena, random, AttentionFixture.single(64, 64), 3, 560);
            MemorySegment whole =
                    fixture.attend(Attention.vector(), arena, fixture.windowed(300), 0, 560);
            for (int chunk : new int[] {1, 7, 64}) {
                MemorySegment joined = arena.allocate(whole.byteSize(), 64);
                AttentionScratch scratch = new AttentionScratch(fixture.layout, arena);
                for (int first = 0; first < 560; first += chunk) {
                    Attention.vector()
                            .attend(
                                    fixture.view,
                                    fixture.head(0, fixture.windowed(300)),
                                    first,
                                    first,
                                    Math.min(chunk, 560 - first),
                                    fixture.queries,
                                    joined,
                                    scratch);
                }
                Parity.assertSameBits(joined, whole, "chunks of " + chunk);
            }
        }
    }
}
