package dev.tokamak.kernels.attention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.kernels.GuardedMemory;
import dev.tokamak.kernels.Parity;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Map;
import java.util.Random;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;

/// Emitted attention touches nothing but its inputs and outputs: every buffer lies against a page without access, at its
/// end and at its start, so that a stray access ends the process.
class EmittedAttentionBoundsTest {

    private static final int[] DIMS = {1, 3, 8, 15, 16, 20, 33, 64};
    private static final int HEADS = 3;
    private static final int POSITIONS = 40;

    private final Map<String, Attention> attentions = EmittedTiers.attentions();

    @Test
    void everyOperation_betweenGuards_staysInside() {
        Random random = Parity.random("emitted attention between guards");
        for (KvType type : KvType.values()) {
            for (int keyDim : DIMS) {
                for (int valueDim : DIMS) {
                    KvLayout layout = new KvLayout(1, new KvLayer(1, keyDim, valueDim), type);
                    try (GuardedMemory memory = GuardedMemory.open()) {
                        run(layout, random, memory::allocate);
                        run(layout, random, memory::allocateBehindGuard);
                    }
                }
            }
        }
    }

    private void run(KvLayout layout, Random random, LongFunction<MemorySegment> guarded) {
        try (Arena arena = Arena.ofConfined()) {
            KvLayer layer = layout.layer(0);
            int keyBytes = layer.keyDim() * Float.BYTES;
            int valueBytes = layer.valueDim() * Float.BYTES;
            MemorySegment pool = guarded.apply(2 * layout.pageBytes());
            KvView view = new KvView(layout, pool);
            view.pages(new int[] {1, 0}, POSITIONS);
            MemorySegment query = guarded.apply((long) HEADS * keyBytes);
            query.copyFrom(Parity.floats(arena, random, HEADS * layer.keyDim()));
            MemorySegment sinks = guarded.apply((long) HEADS * Float.BYTES);
            sinks.copyFrom(Parity.floats(arena, random, HEADS));
            ScoreRule rule = new ScoreRule(0.1f, 3f, Visibility.everything(), sinks);
            AttentionHead head =
                    new AttentionHead(
                            0, 0, 0, HEADS, rule, HEADS * layer.keyDim(), HEADS * layer.valueDim());
            MemorySegment key = guarded.apply(keyBytes);
            MemorySegment value = guarded.apply(valueBytes);
            SegmentAllocator allocator = (bytes, alignment) -> guarded.apply(roundUp(bytes));
            MemorySegment output = guarded.apply((long) HEADS * valueBytes);
            attentions.forEach(
                    (name, attention) -> {
                        for (int p = 0; p < POSITIONS; p++) {
                            key.copyFrom(Parity.floats(arena, random, layer.keyDim()));
                            value.copyFrom(Parity.floats(arena, random, layer.valueDim()));
                            attention.store(view, head, p, key, 0, value, 0);
                        }
                        AttentionScratch scratch = new AttentionScratch(layout, allocator);
                        AttentionPartials partials =
                                new AttentionPartials(layout, HEADS, POSITIONS, allocator);
                        MemorySegment expected = arena.allocate(output.byteSize(), 64);
                        Attention.scalar()
                                .attend(view, head, POSITIONS - 1, 0, 1, query, expected, scratch);
                        attention.attend(view, head, POSITIONS - 1, 0, 1, query, output, scratch);
                        Parity.assertSameBits(output, expected, name + layout);
                        output.fill((byte) 0);
                        attention.attendSegment(
                                view, head, POSITIONS - 1, 0, 0, query, partials, scratch);
                        attention.merge(view, head, POSITIONS - 1, 0, partials, output);
                        Parity.assertSameBits(output, expected, name + layout);
                        assertThat(pool.byteSize()).isEqualTo(2 * layout.pageBytes());
                    });
        }
    }

    /// Scratch memory is aligned to cache lines, so it ends at one.
    private static long roundUp(long bytes) {
        return (bytes + 63) & -64;
    }
}
