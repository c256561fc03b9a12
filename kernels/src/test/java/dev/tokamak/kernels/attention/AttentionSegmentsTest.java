package dev.tokamak.kernels.attention;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.tokamak.kernels.Parity;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Attention by segments and their merge give the bits of attention in one piece, in every tier.
class AttentionSegmentsTest {

    private static final int[] DIMS = {1, 7, 24, 64};

    @Test
    void merge_whenSegmentsWereComputedApart_equalsTheReference() {
        Random random = Parity.random("attention segments");
        Map<String, Attention> twins = twins();
        for (int round = 0; round < 24; round++) {
            try (Arena arena = Arena.ofConfined()) {
                KvLayer layer =
                        new KvLayer(
                                1 + random.nextInt(2),
                                DIMS[random.nextInt(DIMS.length)],
                                DIMS[random.nextInt(DIMS.length)]);
                KvType type = KvType.values()[random.nextInt(2)];
                KvLayout layout = AttentionFixture.layout(random, layer, type);
                int positions = 1 + random.nextInt(1900);
                int queryHeads = 1 + random.nextInt(round % 8 == 0 ? 40 : 5);
                AttentionFixture fixture =
                        new AttentionFixture(arena, random, layout, queryHeads, positions);
                ScoreRule rule = fixture.randomRule(arena, random);
                int position = round % 3 == 0 ? positions - 1 : random.nextInt(positions);
                MemorySegment expected =
                        fixture.attend(Attention.scalar(), arena, rule, position, 1);
                String what =
                        "%s, %d heads, %s, position %d"
                                .formatted(layout, fixture.heads, rule, position);
                Parity.assertSameBits(
                        bySegments(Attention.scalar(), fixture, arena, rule, position),
                        expected,
                        "scalar " + what);
                twins.forEach(
                        (name, attention) ->
                                Parity.assertSameBits(
                                        bySegments(attention, fixture, arena, rule, position),
                                        expected,
                                        name + " " + what));
            }
        }
    }

    private static Map<String, Attention> twins() {
        Map<String, Attention> found = new HashMap<>(EmittedTiers.found());
        found.put("vector", Attention.vector());
        return found;
    }

    /// The segments in descending order, to show that theirs does not matter.
    private static MemorySegment bySegments(
            Attention attention,
            AttentionFixture fixture,
            Arena arena,
            ScoreRule rule,
            int position) {
        KvLayout layout = fixture.layout;
        AttentionPartials partials =
                new AttentionPartials(layout, fixture.heads, fixture.positions, arena);
        partials.memory().fill((byte) 0xff);
        AttentionScratch scratch = new AttentionScratch(layout, arena);
        MemorySegment output = fixture.output(arena);
        for (int kvHead = 0; kvHead < fixture.layer.kvHeads(); kvHead++) {
            AttentionHead head = fixture.head(kvHead, rule);
            int first = head.firstVisible(position) / KvLayout.SEGMENT_TOKENS;
            int last = head.lastVisible(position, fixture.view) / KvLayout.SEGMENT_TOKENS;
            IntStream.rangeClosed(first, last)
                    .map(i -> first + last - i)
                    .forEach(
                            segment ->
                                    attention.attendSegment(
                                            fixture.view,
                                            head,
                                            position,
                                            position,
                                            segment,
                                            fixture.queries,
                                            partials,
                                            scratch));
            attention.merge(fixture.view, head, position, position, partials, output);
        }
        return output;
    }

    @Test
    void attendSegment_whenTokenSeesNoKeyOfIt_isRefused() {
        try (Arena arena = Arena.ofConfined()) {
            KvLayout layout = AttentionFixture.single(4, 4);
            AttentionFixture fixture = new AttentionFixture(arena, new Random(1), layout, 1, 600);
            AttentionPartials partials = new AttentionPartials(layout, 1, 2048, arena);
            AttentionScratch scratch = new AttentionScratch(layout, arena);
            for (Attention attention : new Attention[] {Attention.scalar(), Attention.vector()}) {
                for (int segment : new int[] {0, 2}) {
                    assertThatIllegalArgumentException()
                            .isThrownBy(
                                    () ->
                                            attention.attendSegment(
                                                    fixture.view,
                                                    fixture.head(0, fixture.windowed(8)),
                                                    599,
                                                    599,
                                                    segment,
                                                    fixture.queries,
                                                    partials,
                                                    scratch))
                            .withMessage("position 599 sees segments 1 to 1, not " + segment);
                }
            }
        }
    }

    @Test
    void merge_whenPartialsAreTooSmall_isRefused() {
        try (Arena arena = Arena.ofConfined()) {
            KvLayout layout = AttentionFixture.single(4, 4);
            AttentionFixture fixture = new AttentionFixture(arena, new Random(1), layout, 1, 600);
            AttentionPartials partials = new AttentionPartials(layout, 1, 512, arena);
            AttentionHead head = fixture.head(0, fixture.windowed(8));
            for (Attention attention : new Attention[] {Attention.scalar(), Attention.vector()}) {
                assertThatIllegalArgumentException()
                        .isThrownBy(
                                () ->
                                        attention.merge(
                                                fixture.view,
                                                head,
                                                599,
                                                599,
                                                partials,
                                                fixture.queries))
                        .withMessageContaining("1 segments")
                        .withMessageContaining("position 599");
            }
        }
    }
}
