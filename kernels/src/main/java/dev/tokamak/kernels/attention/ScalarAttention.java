package dev.tokamak.kernels.attention;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.tokamak.kernels.arithmetic.Exponential;
import dev.tokamak.kernels.arithmetic.HyperbolicTangent;
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
        scratch.turnTo(view.layout().layer(head.layer()));
        int firstHead = head.firstQueryHead();
        for (int token = 0; token < tokenCount; token++) {
            long queryRow = (long) (firstRow + token) * head.tokenStride();
            long outputRow = (long) (firstRow + token) * head.outputStride();
            for (int h = firstHead; h < firstHead + head.queryHeads(); h++) {
                loadQuery(query, queryRow + (long) h * scratch.keyDim, scratch);
                attendRow(view, head, firstPosition + token, scratch);
                if (head.rule().hasSinks()) {
                    addSink(scratch, head.sink(h));
                }
                float inverse = 1f / scratch.mergedSums[0];
                for (int d = 0; d < scratch.valueDim; d++) {
                    long element = outputRow + (long) h * scratch.valueDim + d;
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
        scratch.turnTo(view.layout().layer(head.layer()));
        partials.requireFits(view, head, position);
        AttentionPartials.requireSegment(view, head, position, segment);
        int segmentStart = segment * KvLayout.SEGMENT_TOKENS;
        int from = Math.max(head.firstVisible(position), segmentStart);
        int last = head.lastVisible(position, view);
        int to = Math.min(last, segmentStart + KvLayout.SEGMENT_TOKENS - 1);
        long queryRow = (long) row * head.tokenStride();
        int firstHead = head.firstQueryHead();
        for (int h = firstHead; h < firstHead + head.queryHeads(); h++) {
            loadQuery(query, queryRow + (long) h * scratch.keyDim, scratch);
            attendSegment(view, head, from, to, scratch);
            long outputBytes = partials.outputBytes(segment, h);
            for (int d = 0; d < scratch.valueDim; d++) {
                partials.memory()
                        .set(JAVA_FLOAT, outputBytes + (long) d * Float.BYTES, scratch.outputs[d]);
            }
            partials.put(segment, h, scratch.maxima[0], StridedSum.halve(scratch.sums, 0));
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
        int valueDim = view.layout().layer(head.layer()).valueDim();
        partials.requireFits(view, head, position);
        int first = head.firstVisible(position) / KvLayout.SEGMENT_TOKENS;
        int last = head.lastVisible(position, view) / KvLayout.SEGMENT_TOKENS;
        int firstHead = head.firstQueryHead();
        for (int h = firstHead; h < firstHead + head.queryHeads(); h++) {
            long element = (long) row * head.outputStride() + (long) h * valueDim;
            mergeRow(head, h, first, last, partials, output, element * Float.BYTES, valueDim);
        }
    }

    /// Merges the segments from the first to the last into the output of one query head.
    private static void mergeRow(
            AttentionHead head,
            int queryHead,
            int first,
            int last,
            AttentionPartials partials,
            MemorySegment output,
            long outputBytes,
            int valueDim) {
        MemorySegment memory = partials.memory();
        float maximum = partials.maximum(first, queryHead);
        float sum = partials.sum(first, queryHead);
        long firstBytes = partials.outputBytes(first, queryHead);
        MemorySegment.copy(memory, firstBytes, output, outputBytes, (long) valueDim * Float.BYTES);
        for (int segment = first + 1; segment <= last; segment++) {
            float added = partials.maximum(segment, queryHead);
            float newMaximum = Math.max(maximum, added);
            float a = Exponential.exp(maximum - newMaximum);
            float b = Exponential.exp(added - newMaximum);
            maximum = newMaximum;
            sum = Math.fma(partials.sum(segment, queryHead), b, sum * a);
            long partialBytes = partials.outputBytes(segment, queryHead);
            for (int d = 0; d < valueDim; d++) {
                long at = (long) d * Float.BYTES;
                float before = output.get(JAVA_FLOAT, outputBytes + at);
                float partial = memory.get(JAVA_FLOAT, partialBytes + at);
                output.set(JAVA_FLOAT, outputBytes + at, Math.fma(partial, b, before * a));
            }
        }
        if (head.rule().hasSinks()) {
            float sink = head.sink(queryHead);
            float newMaximum = Math.max(maximum, sink);
            float a = Exponential.exp(maximum - newMaximum);
            sum = sum * a + Exponential.exp(sink - newMaximum);
            scale(output, outputBytes, valueDim, a);
        }
        scale(output, outputBytes, valueDim, 1f / sum);
    }

    private static void scale(MemorySegment row, long offsetBytes, int count, float factor) {
        for (int i = 0; i < count; i++) {
            long at = offsetBytes + (long) i * Float.BYTES;
            row.set(JAVA_FLOAT, at, row.get(JAVA_FLOAT, at) * factor);
        }
    }

    private static void attendRow(
            KvView view, AttentionHead head, int position, AttentionScratch scratch) {
        int first = head.firstVisible(position);
        int last = head.lastVisible(position, view);
        int firstSegment = first / KvLayout.SEGMENT_TOKENS;
        for (int segment = firstSegment; segment <= last / KvLayout.SEGMENT_TOKENS; segment++) {
            int start = segment * KvLayout.SEGMENT_TOKENS;
            int from = Math.max(first, start);
            int to = Math.min(last, start + KvLayout.SEGMENT_TOKENS - 1);
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
            float score = score(head.rule(), chain);
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

    private static float score(ScoreRule rule, float product) {
        float score = rule.scale() * product;
        return rule.hasSoftcap()
                ? rule.softcap() * HyperbolicTangent.tanh(score / rule.softcap())
                : score;
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

    /// Merges a score that has no value.
    private static void addSink(AttentionScratch scratch, float sink) {
        float newMaximum = Math.max(scratch.mergedMaxima[0], sink);
        float a = Exponential.exp(scratch.mergedMaxima[0] - newMaximum);
        scratch.mergedSums[0] = scratch.mergedSums[0] * a + Exponential.exp(sink - newMaximum);
        for (int d = 0; d < scratch.valueDim; d++) {
            scratch.mergedOutputs[d] *= a;
        }
    }
}
