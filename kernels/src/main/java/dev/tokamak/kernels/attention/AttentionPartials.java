package dev.tokamak.kernels.attention;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/// What the segments of one token's attention give before they are merged: for each segment of keys and each query head
/// an output that is not yet divided, a maximum and a sum. Workers write disjoint segments or heads.
public final class AttentionPartials {

    /* A partial is `valueDim` floats of output, then the maximum, then the sum, padded to whole cache lines so that workers
     * do not share any. Partials lie as [segment][query head]; segment 0 is that of position 0, also with a window. */

    private static final int LINE_FLOATS = 16;

    private final int segments;
    private final int queryHeads;
    private final int valueDim;
    private final long partialBytes;
    private final MemorySegment memory;

    /// Room for a token at any position below `tokens`.
    ///
    /// @param queryHeads query heads over all KV heads
    public AttentionPartials(
            KvLayout layout, int queryHeads, int tokens, SegmentAllocator allocator) {
        this.segments = KvLayout.segments(tokens);
        this.queryHeads = queryHeads;
        this.valueDim = layout.valueDim();
        int floats = (valueDim + 2 + LINE_FLOATS - 1) / LINE_FLOATS * LINE_FLOATS;
        this.partialBytes = (long) floats * Float.BYTES;
        this.memory = allocator.allocate(partialBytes * segments * queryHeads, 64);
    }

    MemorySegment memory() {
        return memory;
    }

    /// Where the output of this partial starts.
    long outputBytes(int segment, int queryHead) {
        return ((long) segment * queryHeads + queryHead) * partialBytes;
    }

    /// Where the maximum of this partial is; its sum follows.
    long maximumBytes(int segment, int queryHead) {
        return outputBytes(segment, queryHead) + (long) valueDim * Float.BYTES;
    }

    /// Bytes from the partial of one query head to that of the next, in the same segment.
    long partialBytes() {
        return partialBytes;
    }

    /// Bytes from the partial of one segment to that of the next, of the same query head.
    long segmentBytes() {
        return partialBytes * queryHeads;
    }

    void requireFits(KvLayout layout, AttentionHead head, int position) {
        int neededHeads = (head.kvHead() + 1) * head.queryHeads();
        if (layout.valueDim() != valueDim
                || neededHeads > queryHeads
                || position / KvLayout.SEGMENT_TOKENS >= segments) {
            throw new IllegalArgumentException(
                    "the partials are for values of %d elements, %d query heads and %d segments; needed are %d, %d and position %d"
                            .formatted(
                                    valueDim,
                                    queryHeads,
                                    segments,
                                    layout.valueDim(),
                                    neededHeads,
                                    position));
        }
    }

    void requireSegment(AttentionHead head, int position, int segment) {
        int first = head.firstVisible(position) / KvLayout.SEGMENT_TOKENS;
        int last = position / KvLayout.SEGMENT_TOKENS;
        if (segment < first || segment > last) {
            throw new IllegalArgumentException(
                    "position %d sees segments %d to %d, not %d"
                            .formatted(position, first, last, segment));
        }
    }
}
