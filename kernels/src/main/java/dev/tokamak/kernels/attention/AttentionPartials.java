package dev.tokamak.kernels.attention;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/// What the segments of one token's attention give before they are merged: for each segment of keys and each query head
/// an output that is not yet divided, a maximum and a sum. Workers write disjoint segments or heads.
public final class AttentionPartials {

    /* A partial is a cache line with the maximum and the sum, then the output, padded to whole cache lines so that workers
     * do not share any. Partials lie as [segment][query head]; segment 0 is that of position 0, also with a window. */

    /// Where in a partial the maximum is, fp32.
    static final int MAXIMUM = 0;

    /// Where in a partial the sum is, fp32.
    static final int SUM = 4;

    /// Where in a partial the output starts.
    static final int OUTPUT = 64;

    private static final int LINE_FLOATS = 16;

    private final int segments;
    private final int queryHeads;
    private final int widestValue;
    private final long partialBytes;
    private final MemorySegment memory;

    /// Room for a token at any position below `tokens`.
    ///
    /// @param queryHeads query heads over all KV heads
    public AttentionPartials(
            KvLayout layout, int queryHeads, int tokens, SegmentAllocator allocator) {
        this.segments = KvLayout.segments(tokens);
        this.queryHeads = queryHeads;
        this.widestValue = layout.widestValue();
        int floats = (widestValue + LINE_FLOATS - 1) / LINE_FLOATS * LINE_FLOATS;
        this.partialBytes = OUTPUT + (long) floats * Float.BYTES;
        this.memory = allocator.allocate(partialBytes * segments * queryHeads, 64);
    }

    MemorySegment memory() {
        return memory;
    }

    /// Where this partial starts.
    long offsetBytes(int segment, int queryHead) {
        return ((long) segment * queryHeads + queryHead) * partialBytes;
    }

    /// Where the output of this partial starts.
    long outputBytes(int segment, int queryHead) {
        return offsetBytes(segment, queryHead) + OUTPUT;
    }

    float maximum(int segment, int queryHead) {
        return memory.get(JAVA_FLOAT, offsetBytes(segment, queryHead) + MAXIMUM);
    }

    float sum(int segment, int queryHead) {
        return memory.get(JAVA_FLOAT, offsetBytes(segment, queryHead) + SUM);
    }

    void put(int segment, int queryHead, float maximum, float sum) {
        memory.set(JAVA_FLOAT, offsetBytes(segment, queryHead) + MAXIMUM, maximum);
        memory.set(JAVA_FLOAT, offsetBytes(segment, queryHead) + SUM, sum);
    }

    /// Bytes from the partial of one query head to that of the next, in the same segment.
    long partialBytes() {
        return partialBytes;
    }

    /// Bytes from the partial of one segment to that of the next, of the same query head.
    long segmentBytes() {
        return partialBytes * queryHeads;
    }

    void requireFits(KvView view, AttentionHead head, int position) {
        int neededHeads = head.firstQueryHead() + head.queryHeads();
        int neededValue = view.layout().layer(head.layer()).valueDim();
        int last = head.lastVisible(position, view);
        if (neededValue > widestValue
                || neededHeads > queryHeads
                || last / KvLayout.SEGMENT_TOKENS >= segments) {
            throw new IllegalArgumentException(
                    "the partials are for values of %d elements, %d query heads and %d segments; needed are %d, %d and position %d"
                            .formatted(
                                    widestValue,
                                    queryHeads,
                                    segments,
                                    neededValue,
                                    neededHeads,
                                    last));
        }
    }

    static void requireSegment(KvView view, AttentionHead head, int position, int segment) {
        int first = head.firstVisible(position) / KvLayout.SEGMENT_TOKENS;
        int last = head.lastVisible(position, view) / KvLayout.SEGMENT_TOKENS;
        if (segment < first || segment > last) {
            throw new IllegalArgumentException(
                    "position %d sees segments %d to %d, not %d"
                            .formatted(position, first, last, segment));
        }
    }
}
