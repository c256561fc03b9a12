package dev.tokamak.kernels.attention;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.tokamak.kernels.arithmetic.Exponential;
import dev.tokamak.kernels.arithmetic.StridedSum;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Attention in plain Java, one query row after the other: the specification. Thread-safe.
final class ScalarAttention implements Attention {

    @Override
    public void store(
            KvView view,
            AttentionHead head,
            int position,
            MemorySegment keys,
            long keyOffsetBytes,
            MemorySegment values,
            long valueOffsetBytes) {
        KeyValueStore.store(view, head, position, keys, keyOffsetBytes, values, valueOffsetBytes);
    }

    @Override
    public void attend(
            KvView view,
            AttentionHead head,
            int firstPosition,
            int firstRow,
            int tokenCount,
            MemorySegment query,
            MemorySegment output,
            AttentionScratch scratch) {
        KvLayout layout = view.layout();
        scratch.requireFits(layout);
        int firstHead = head.kvHead() * head.queryHeads();
        for (int token = 0; token < tokenCount; token++) {
            long queryRow = (long) (firstRow + token) * head.tokenStride();
            long outputRow = (long) (firstRow + token) * head.outputStride();
            for (int h = firstHead; h < firstHead + head.queryHeads(); h++) {
                loadQuery(query, queryRow + (long) h * layout.keyDim(), scratch);
                attendRow(view, head, firstPosition + token, scratch);
                float inverse = 1f / scratch.mergedSums[0];
                for (int d = 0; d < layout.valueDim(); d++) {
                    long element = outputRow + (long) h * layout.valueDim() + d;
                    output.set(
                            JAVA_FLOAT, element * Float.BYTES, scratch.mergedOutputs[d] * inverse);
                }
            }
        }
    }

    private static void loadQuery(MemorySegment query, long element, AttentionScratch scratch) {
        for (int d = 0; d < scratch.keyDim; d++) {
            scratch.queries[d] = query.get(JAVA_FLOAT, (element + d) * Float.BYTES);
        }
    }

    @Override
    public void attendSegment(
            KvView view,
            AttentionHead head,
            int position,
            int row,
            int segment,
            MemorySegment query,
            AttentionPartials partials,
            AttentionScratch scratch) {
        scratch.requireFits(view.layout());
        partials.requireFits(view.layout(), head, position);
        partials.requireSegment(head, position, segment);
        int segmentStart = segment * KvLayout.SEGMENT_TOKENS;
        int from = Math.max(head.firstVisible(position), segmentStart);
        int to = Math.min(position, segmentStart + KvLayout.SEGMENT_TOKENS - 1);
        long queryRow = (long) row * head.tokenStride();
        int firstHead = head.kvHead() * head.queryHeads();
        for (int h = firstHead; h < firstHead + head.queryHeads(); h++) {
            loadQuery(query, queryRow + (long) h * scratch.keyDim, scratch);
            attendSegment(view, head, from, to, scratch);
            long outputBytes = partials.outputBytes(segment, h);
            for (int d = 0; d < scratch.valueDim; d++) {
                partials.memory()
                        .set(JAVA_FLOAT, outputBytes + (long) d * Float.BYTES, scratch.outputs[d]);
            }
            long maximumBytes = partials.maximumBytes(segment, h);
            partials.memory().set(JAVA_FLOAT, maximumBytes, scratch.maxima[0]);
            float sum = StridedSum.halve(scratch.sums, 0);
            partials.memory().set(JAVA_FLOAT, maximumBytes + Float.BYTES, sum);
        }
    }

    @Override
    public void merge(
            KvView view,
            AttentionHead head,
            int position,
            int row,
            AttentionPartials partials,
            MemorySegment output) {
        int valueDim = view.layout().valueDim();
        partials.requireFits(view.layout(), head, position);
        int firstHead = head.kvHead() * head.queryHeads();
        for (int h = firstHead; h < firstHead + head.queryHeads(); h++) {
            long element = (long) row * head.outputStride() + (long) h * valueDim;
            mergeRow(head, position, h, valueDim, partials, output, element * Float.BYTES);
        }
    }

    private static void mergeRow(
            AttentionHead head,
            int position,
            int queryHead,
            int valueDim,
            AttentionPartials partials,
            MemorySegment output,
            long outputBytes) {
        MemorySegment memory = partials.memory();
        int segment = head.firstVisible(position) / KvLayout.SEGMENT_TOKENS;
        long maximumBytes = partials.maximumBytes(segment, queryHead);
        float maximum = memory.get(JAVA_FLOAT, maximumBytes);
        float sum = memory.get(JAVA_FLOAT, maximumBytes + Float.BYTES);
        long partialBytes = partials.outputBytes(segment, queryHead);
        MemorySegment.copy(
                memory, partialBytes, output, outputBytes, (long) valueDim * Float.BYTES);
        for (segment++; segment <= position / KvLayout.SEGMENT_TOKENS; segment++) {
            maximumBytes = partials.maximumBytes(segment, queryHead);
            float added = memory.get(JAVA_FLOAT, maximumBytes);
            float newMaximum = Math.max(maximum, added);
            float a = Exponential.exp(maximum - newMaximum);
            float b = Exponential.exp(added - newMaximum);
            maximum = newMaximum;
            sum = Math.fma(memory.get(JAVA_FLOAT, maximumBytes + Float.BYTES), b, sum * a);
            partialBytes = partials.outputBytes(segment, queryHead);
            for (int d = 0; d < valueDim; d++) {
                long bytes = (long) d * Float.BYTES;
                float before = output.get(JAVA_FLOAT, outputBytes + bytes);
                float partial = memory.get(JAVA_FLOAT, partialBytes + bytes);
                output.set(JAVA_FLOAT, outputBytes + bytes, Math.fma(partial, b, before * a));
            }
        }
        float inverse = 1f / sum;
        for (int d = 0; d < valueDim; d++) {
            long at = outputBytes + (long) d * Float.BYTES;
            output.set(JAVA_FLOAT, at, output.get(JAVA_FLOAT, at) * inverse);
        }
    }

    private static void attendRow(
            KvView view, AttentionHead head, int position, AttentionScratch scratch) {
        int first = head.firstVisible(position);
        int firstSegment = first / KvLayout.SEGMENT_TOKENS;
        for (int segment = firstSegment; segment <= position / KvLayout.SEGMENT_TOKENS; segment++) {
            int from = Math.max(first, segment * KvLayout.SEGMENT_TOKENS);
            int to =
                    Math.min(
                            position,
                            segment * KvLayout.SEGMENT_TOKENS + KvLayout.SEGMENT_TOKENS - 1);
            attendSegment(view, head, from, to, scratch);
            merge(scratch, segment == firstSegment);
        }
    }

    /// Attends to the keys `[from, to]`, all of one segment.
    private static void attendSegment(
            KvView view, AttentionHead head, int from, int to, AttentionScratch scratch) {
        scratch.maxima[0] = Float.NEGATIVE_INFINITY;
        Arrays.fill(scratch.sums, 0, AttentionScratch.SUMS, 0f);
        Arrays.fill(scratch.outputs, 0, scratch.valueDim, 0f);
        int page = from / KvLayout.PAGE_TOKENS * KvLayout.PAGE_TOKENS;
        for (; page <= to; page += KvLayout.PAGE_TOKENS) {
            int fromSlot = Math.max(from - page, 0);
            int toSlot = Math.min(to - page, KvLayout.PAGE_TOKENS - 1);
            attendPage(view, head, page, fromSlot, toSlot, scratch);
        }
    }

    private static void attendPage(
            KvView view,
            AttentionHead head,
            int page,
            int fromSlot,
            int toSlot,
            AttentionScratch scratch) {
        MemorySegment pool = view.pool();
        KvType type = view.layout().type();
        long keys =
                view.pageOffsetBytes(page)
                        + view.layout().headOffsetBytes(head.layer(), head.kvHead());
        long values = keys + (long) KvLayout.PAGE_TOKENS * scratch.keyDim * type.elementBytes();
        float newMaximum = scratch.maxima[0];
        for (int j = fromSlot; j <= toSlot; j++) {
            float chain = 0f;
            for (int d = 0; d < scratch.keyDim; d++) {
                float key = KeyValueStore.read(pool, type, keys, d * KvLayout.PAGE_TOKENS + j);
                chain = Math.fma(scratch.queries[d], key, chain);
            }
            float score = head.scale() * chain;
            scratch.scores[j] = score;
            newMaximum = Math.max(newMaximum, score);
        }
        if (newMaximum > scratch.maxima[0]) {
            rescale(scratch, Exponential.exp(scratch.maxima[0] - newMaximum));
        }
        scratch.maxima[0] = newMaximum;
        for (int j = fromSlot; j <= toSlot; j++) {
            float p = Exponential.exp(scratch.scores[j] - newMaximum);
            scratch.sums[j % AttentionScratch.SUMS] += p;
            for (int d = 0; d < scratch.valueDim; d++) {
                float value = KeyValueStore.read(pool, type, values, j * scratch.valueDim + d);
                scratch.outputs[d] = Math.fma(p, value, scratch.outputs[d]);
            }
        }
    }

    private static void rescale(AttentionScratch scratch, float factor) {
        for (int i = 0; i < AttentionScratch.SUMS; i++) {
            scratch.sums[i] *= factor;
        }
        for (int d = 0; d < scratch.valueDim; d++) {
            scratch.outputs[d] *= factor;
        }
    }

    private static void merge(AttentionScratch scratch, boolean first) {
        float maximum = scratch.maxima[0];
        float sum = StridedSum.halve(scratch.sums, 0);
        if (first) {
            scratch.mergedMaxima[0] = maximum;
            scratch.mergedSums[0] = sum;
            System.arraycopy(scratch.outputs, 0, scratch.mergedOutputs, 0, scratch.valueDim);
            return;
        }
        float newMaximum = Math.max(scratch.mergedMaxima[0], maximum);
        float a = Exponential.exp(scratch.mergedMaxima[0] - newMaximum);
        float b = Exponential.exp(maximum - newMaximum);
        scratch.mergedMaxima[0] = newMaximum;
        scratch.mergedSums[0] = Math.fma(sum, b, scratch.mergedSums[0] * a);
        for (int d = 0; d < scratch.valueDim; d++) {
            scratch.mergedOutputs[d] =
                    Math.fma(scratch.outputs[d], b, scratch.mergedOutputs[d] * a);
        }
    }
}
