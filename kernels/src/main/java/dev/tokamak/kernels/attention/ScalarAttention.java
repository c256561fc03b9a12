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
                for (int d = 0; d < layout.keyDim(); d++) {
                    long element = queryRow + (long) h * layout.keyDim() + d;
                    scratch.queries[d] = query.get(JAVA_FLOAT, element * Float.BYTES);
                }
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
