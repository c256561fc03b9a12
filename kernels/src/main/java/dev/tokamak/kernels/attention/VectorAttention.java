package dev.tokamak.kernels.attention;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.tokamak.kernels.arithmetic.Exponential;
import dev.tokamak.kernels.arithmetic.Lanes;
import dev.tokamak.kernels.arithmetic.StridedSum;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// Attention in lanes of the Vector API, a tile of query rows at a time. Thread-safe.
final class VectorAttention implements Attention {

    /* A page is read into fp32 once for all rows of a tile. Scores keep 4 rows x 2 vectors of keys in registers over d,
     * values 4 rows x 2 vectors of d over the keys. Rows beyond the tile's count fill up its last block of four; what is
     * computed for them is never read. Scores of masked keys become -infinity and so add +0 to the sums; their values,
     * which may be left over from another sequence, are skipped. */

    private static final int KEYS = KvLayout.PAGE_TOKENS;
    private static final int SEGMENT_PAGES = KvLayout.SEGMENT_TOKENS / KEYS;
    private static final int BLOCK = 4;
    private static final int PAIR = 2 * Lanes.COUNT;

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
        int pairs = tokenCount * head.queryHeads();
        for (int first = 0; first < pairs; first += AttentionScratch.TILE_ROWS) {
            int count = Math.min(AttentionScratch.TILE_ROWS, pairs - first);
            for (int row = 0; row < count; row++) {
                int token = (first + row) / head.queryHeads();
                int position = firstPosition + token;
                scratch.firstVisible[row] = head.firstVisible(position);
                scratch.lastVisible[row] = head.lastVisible(position, view);
                long element =
                        (long) (firstRow + token) * head.tokenStride()
                                + queryHead(head, first + row) * scratch.keyDim;
                MemorySegment.copy(
                        query,
                        JAVA_FLOAT,
                        element * Float.BYTES,
                        scratch.queries,
                        row * scratch.keyDim,
                        scratch.keyDim);
            }
            attendTile(view, head, count, scratch);
            for (int row = 0; row < count; row++) {
                if (head.rule().hasSinks()) {
                    addSink(row, head.sink((int) queryHead(head, first + row)), scratch);
                }
                int token = (first + row) / head.queryHeads();
                long element =
                        (long) (firstRow + token) * head.outputStride()
                                + queryHead(head, first + row) * scratch.valueDim;
                int start = row * scratch.valueDim;
                float inverse = 1f / scratch.mergedSums[row];
                multiply(scratch.mergedOutputs, start, scratch.valueDim, inverse);
                MemorySegment.copy(
                        scratch.mergedOutputs,
                        start,
                        output,
                        JAVA_FLOAT,
                        element * Float.BYTES,
                        scratch.valueDim);
            }
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
        int from = Math.max(head.firstVisible(position), segment * KvLayout.SEGMENT_TOKENS);
        int last = head.lastVisible(position, view);
        int to = Math.min(last, (segment + 1) * KvLayout.SEGMENT_TOKENS - 1);
        int firstHead = head.firstQueryHead();
        for (int first = 0; first < head.queryHeads(); first += AttentionScratch.TILE_ROWS) {
            int count = Math.min(AttentionScratch.TILE_ROWS, head.queryHeads() - first);
            Arrays.fill(scratch.firstVisible, 0, count, from);
            Arrays.fill(scratch.lastVisible, 0, count, to);
            long element =
                    (long) row * head.tokenStride() + (long) (firstHead + first) * scratch.keyDim;
            MemorySegment.copy(
                    query,
                    JAVA_FLOAT,
                    element * Float.BYTES,
                    scratch.queries,
                    0,
                    count * scratch.keyDim);
            startSegment(count, scratch);
            for (int page = from / KEYS; page <= to / KEYS; page++) {
                attendPage(view, head, page, count, scratch);
            }
            for (int i = 0; i < count; i++) {
                writePartial(i, partials, segment, firstHead + first + i, scratch);
            }
        }
    }

    private static void writePartial(
            int row,
            AttentionPartials partials,
            int segment,
            int queryHead,
            AttentionScratch scratch) {
        MemorySegment.copy(
                scratch.outputs,
                row * scratch.valueDim,
                partials.memory(),
                JAVA_FLOAT,
                partials.outputBytes(segment, queryHead),
                scratch.valueDim);
        float sum = StridedSum.halve(scratch.sums, row * AttentionScratch.SUMS);
        partials.put(segment, queryHead, scratch.maxima[row], sum);
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
            VectorMerge.merge(
                    head, h, first, last, partials, output, element * Float.BYTES, valueDim);
        }
    }

    private static long queryHead(AttentionHead head, int pair) {
        return (long) head.firstQueryHead() + pair % head.queryHeads();
    }

    private static void attendTile(
            KvView view, AttentionHead head, int count, AttentionScratch scratch) {
        int firstPage = scratch.firstVisible[0] / KEYS;
        int lastPage = scratch.lastVisible[count - 1] / KEYS;
        startSegment(count, scratch);
        for (int page = firstPage; page <= lastPage; page++) {
            if (page % SEGMENT_PAGES == 0 && page > firstPage) {
                mergeSegment(page / SEGMENT_PAGES - 1, count, scratch);
                startSegment(count, scratch);
            }
            attendPage(view, head, page, count, scratch);
        }
        mergeSegment(lastPage / SEGMENT_PAGES, count, scratch);
    }

    private static void startSegment(int count, AttentionScratch scratch) {
        Arrays.fill(scratch.maxima, 0, count, Float.NEGATIVE_INFINITY);
        Arrays.fill(scratch.sums, 0, count * AttentionScratch.SUMS, 0f);
        Arrays.fill(scratch.outputs, 0, count * scratch.valueDim, 0f);
    }

    private static void attendPage(
            KvView view, AttentionHead head, int page, int count, AttentionScratch scratch) {
        int keyDim = scratch.keyDim;
        float scale = head.rule().scale();
        read(view, head, page, scratch);
        for (int row = 0; row < count; row += BLOCK) {
            if (count - row == 1) {
                scoreOne(scratch.keys, scratch.queries, row, keyDim, scale, scratch.scores);
            } else {
                scoreFour(scratch.keys, scratch.queries, row, keyDim, scale, scratch.scores);
            }
        }
        if (head.rule().hasSoftcap()) {
            cap(scratch.scores, count * KEYS, head.rule().softcap());
        }
        int start = page * KEYS;
        for (int row = 0; row < count; row++) {
            int from = Math.max(scratch.firstVisible[row] - start, 0);
            int to = Math.min(scratch.lastVisible[row] - start, KEYS - 1);
            if (from <= to) {
                exponentials(row, from, to, scratch);
            }
        }
        for (int row = 0; row < count; row += BLOCK) {
            addValues(row, Math.min(BLOCK, count - row), start, scratch);
        }
    }

    private static void read(KvView view, AttentionHead head, int page, AttentionScratch scratch) {
        long offsetBytes =
                view.pageOffsetBytes(page * KEYS)
                        + view.layout().headOffsetBytes(head.layer(), head.kvHead());
        if (view.layout().type() == KvType.F16) {
            convert(view.pool(), offsetBytes, scratch);
            return;
        }
        int keys = KEYS * scratch.keyDim;
        int values = KEYS * scratch.valueDim;
        long valuesBytes = offsetBytes + (long) keys * Float.BYTES;
        MemorySegment.copy(view.pool(), JAVA_FLOAT, offsetBytes, scratch.keys, 0, keys);
        MemorySegment.copy(view.pool(), JAVA_FLOAT, valuesBytes, scratch.values, 0, values);
    }

    private static void convert(MemorySegment pool, long offsetBytes, AttentionScratch scratch) {
        short[] halves = scratch.halves;
        int keyCount = KEYS * scratch.keyDim;
        int valueCount = KEYS * scratch.valueDim;
        MemorySegment.copy(pool, JAVA_SHORT, offsetBytes, halves, 0, keyCount + valueCount);
        float[] keys = scratch.keys;
        for (int i = 0; i < keyCount; i++) {
            keys[i] = Float.float16ToFloat(halves[i]);
        }
        float[] values = scratch.values;
        for (int i = 0; i < valueCount; i++) {
            values[i] = Float.float16ToFloat(halves[keyCount + i]);
        }
    }

    private static void scoreFour(
            float[] keys, float[] queries, int row, int keyDim, float scale, float[] scores) {
        int queryA = row * keyDim;
        int queryB = queryA + keyDim;
        int queryC = queryB + keyDim;
        int queryD = queryC + keyDim;
        for (int key = 0; key < KEYS; key += PAIR) {
            FloatVector a0 = FloatVector.zero(Lanes.SPECIES);
            FloatVector a1 = a0;
            FloatVector b0 = a0;
            FloatVector b1 = a0;
            FloatVector c0 = a0;
            FloatVector c1 = a0;
            FloatVector d0 = a0;
            FloatVector d1 = a0;
            for (int i = 0; i < keyDim; i++) {
                FloatVector k0 = load(keys, i * KEYS + key);
                FloatVector k1 = load(keys, i * KEYS + key + Lanes.COUNT);
                FloatVector a = FloatVector.broadcast(Lanes.SPECIES, queries[queryA + i]);
                a0 = k0.fma(a, a0);
                a1 = k1.fma(a, a1);
                FloatVector b = FloatVector.broadcast(Lanes.SPECIES, queries[queryB + i]);
                b0 = k0.fma(b, b0);
                b1 = k1.fma(b, b1);
                FloatVector c = FloatVector.broadcast(Lanes.SPECIES, queries[queryC + i]);
                c0 = k0.fma(c, c0);
                c1 = k1.fma(c, c1);
                FloatVector d = FloatVector.broadcast(Lanes.SPECIES, queries[queryD + i]);
                d0 = k0.fma(d, d0);
                d1 = k1.fma(d, d1);
            }
            int score = row * KEYS + key;
            a0.mul(scale).intoArray(scores, score);
            a1.mul(scale).intoArray(scores, score + Lanes.COUNT);
            b0.mul(scale).intoArray(scores, score + KEYS);
            b1.mul(scale).intoArray(scores, score + KEYS + Lanes.COUNT);
            c0.mul(scale).intoArray(scores, score + 2 * KEYS);
            c1.mul(scale).intoArray(scores, score + 2 * KEYS + Lanes.COUNT);
            d0.mul(scale).intoArray(scores, score + 3 * KEYS);
            d1.mul(scale).intoArray(scores, score + 3 * KEYS + Lanes.COUNT);
        }
    }

    private static void scoreOne(
            float[] keys, float[] queries, int row, int keyDim, float scale, float[] scores) {
        int query = row * keyDim;
        for (int key = 0; key < KEYS; key += PAIR) {
            FloatVector a0 = FloatVector.zero(Lanes.SPECIES);
            FloatVector a1 = a0;
            for (int i = 0; i < keyDim; i++) {
                FloatVector a = FloatVector.broadcast(Lanes.SPECIES, queries[query + i]);
                a0 = load(keys, i * KEYS + key).fma(a, a0);
                a1 = load(keys, i * KEYS + key + Lanes.COUNT).fma(a, a1);
            }
            int score = row * KEYS + key;
            a0.mul(scale).intoArray(scores, score);
            a1.mul(scale).intoArray(scores, score + Lanes.COUNT);
        }
    }

    /// Keeps scores within ±cap.
    private static void cap(float[] scores, int count, float cap) {
        for (int i = 0; i < count; i += Lanes.COUNT) {
            Lanes.tanh(load(scores, i).div(cap)).mul(cap).intoArray(scores, i);
        }
    }

    /// Turns the row's scores into exponentials, with sums and outputs rescaled if the maximum grew.
    private static void exponentials(int row, int from, int to, AttentionScratch scratch) {
        float[] scores = scratch.scores;
        int start = row * KEYS;
        Arrays.fill(scores, start, start + from, Float.NEGATIVE_INFINITY);
        Arrays.fill(scores, start + to + 1, start + KEYS, Float.NEGATIVE_INFINITY);
        FloatVector maxima = load(scores, start);
        for (int key = Lanes.COUNT; key < KEYS; key += Lanes.COUNT) {
            maxima = maxima.max(load(scores, start + key));
        }
        float maximum = scratch.maxima[row];
        float newMaximum = Math.max(maximum, maxima.reduceLanes(VectorOperators.MAX));
        float[] sums = scratch.sums;
        int firstSum = row * AttentionScratch.SUMS;
        if (newMaximum > maximum) {
            float factor = Exponential.exp(maximum - newMaximum);
            multiply(sums, firstSum, AttentionScratch.SUMS, factor);
            multiply(scratch.outputs, row * scratch.valueDim, scratch.valueDim, factor);
        }
        scratch.maxima[row] = newMaximum;
        for (int key = 0; key < KEYS; key += Lanes.COUNT) {
            FloatVector p = Lanes.exp(load(scores, start + key).sub(newMaximum));
            p.intoArray(scores, start + key);
            int sum = firstSum + key % AttentionScratch.SUMS;
            load(sums, sum).add(p).intoArray(sums, sum);
        }
    }

    private static void addValues(int row, int rows, int pageStart, AttentionScratch scratch) {
        int commonFrom = 0;
        int commonTo = KEYS - 1;
        for (int i = row; i < row + rows; i++) {
            commonFrom = Math.max(commonFrom, scratch.firstVisible[i] - pageStart);
            commonTo = Math.min(commonTo, scratch.lastVisible[i] - pageStart);
        }
        boolean together = rows > 1 && commonFrom <= commonTo;
        int paired = together ? scratch.valueDim - scratch.valueDim % PAIR : 0;
        for (int i = row; i < row + rows; i++) {
            int from = Math.max(scratch.firstVisible[i] - pageStart, 0);
            int to = Math.min(scratch.lastVisible[i] - pageStart, KEYS - 1);
            if (together) {
                addOne(i, 0, from, commonFrom - 1, scratch);
                addOne(i, paired, commonFrom, commonTo, scratch);
            } else {
                addOne(i, 0, from, to, scratch);
            }
        }
        if (together) {
            addFour(row, paired, commonFrom, commonTo, scratch);
            for (int i = row; i < row + rows; i++) {
                int to = Math.min(scratch.lastVisible[i] - pageStart, KEYS - 1);
                addOne(i, 0, commonTo + 1, to, scratch);
            }
        }
    }

    /// Adds the values of keys `[from, to]` to elements `[0, end)` of four rows; end is a multiple of two vectors.
    private static void addFour(int row, int end, int from, int to, AttentionScratch scratch) {
        float[] values = scratch.values;
        float[] outputs = scratch.outputs;
        float[] scores = scratch.scores;
        int valueDim = scratch.valueDim;
        int score = row * KEYS;
        for (int element = 0; element < end; element += PAIR) {
            int outputA = row * valueDim + element;
            int outputB = outputA + valueDim;
            int outputC = outputB + valueDim;
            int outputD = outputC + valueDim;
            FloatVector a0 = load(outputs, outputA);
            FloatVector a1 = load(outputs, outputA + Lanes.COUNT);
            FloatVector b0 = load(outputs, outputB);
            FloatVector b1 = load(outputs, outputB + Lanes.COUNT);
            FloatVector c0 = load(outputs, outputC);
            FloatVector c1 = load(outputs, outputC + Lanes.COUNT);
            FloatVector d0 = load(outputs, outputD);
            FloatVector d1 = load(outputs, outputD + Lanes.COUNT);
            for (int key = from; key <= to; key++) {
                FloatVector v0 = load(values, key * valueDim + element);
                FloatVector v1 = load(values, key * valueDim + element + Lanes.COUNT);
                FloatVector a = FloatVector.broadcast(Lanes.SPECIES, scores[score + key]);
                a0 = v0.fma(a, a0);
                a1 = v1.fma(a, a1);
                FloatVector b = FloatVector.broadcast(Lanes.SPECIES, scores[score + KEYS + key]);
                b0 = v0.fma(b, b0);
                b1 = v1.fma(b, b1);
                FloatVector c =
                        FloatVector.broadcast(Lanes.SPECIES, scores[score + 2 * KEYS + key]);
                c0 = v0.fma(c, c0);
                c1 = v1.fma(c, c1);
                FloatVector d =
                        FloatVector.broadcast(Lanes.SPECIES, scores[score + 3 * KEYS + key]);
                d0 = v0.fma(d, d0);
                d1 = v1.fma(d, d1);
            }
            a0.intoArray(outputs, outputA);
            a1.intoArray(outputs, outputA + Lanes.COUNT);
            b0.intoArray(outputs, outputB);
            b1.intoArray(outputs, outputB + Lanes.COUNT);
            c0.intoArray(outputs, outputC);
            c1.intoArray(outputs, outputC + Lanes.COUNT);
            d0.intoArray(outputs, outputD);
            d1.intoArray(outputs, outputD + Lanes.COUNT);
        }
    }

    /// Adds the values of keys `[from, to]` to the elements of one row from `first` on.
    private static void addOne(int row, int first, int from, int to, AttentionScratch scratch) {
        if (from > to) {
            return;
        }
        float[] values = scratch.values;
        float[] outputs = scratch.outputs;
        float[] scores = scratch.scores;
        int valueDim = scratch.valueDim;
        int score = row * KEYS;
        int output = row * valueDim;
        int element = first;
        for (; element <= valueDim - Lanes.COUNT; element += Lanes.COUNT) {
            FloatVector sum = load(outputs, output + element);
            for (int key = from; key <= to; key++) {
                FloatVector p = FloatVector.broadcast(Lanes.SPECIES, scores[score + key]);
                sum = load(values, key * valueDim + element).fma(p, sum);
            }
            sum.intoArray(outputs, output + element);
        }
        for (; element < valueDim; element++) {
            float sum = outputs[output + element];
            for (int key = from; key <= to; key++) {
                sum = Math.fma(scores[score + key], values[key * valueDim + element], sum);
            }
            outputs[output + element] = sum;
        }
    }

    private static void mergeSegment(int segment, int count, AttentionScratch scratch) {
        int valueDim = scratch.valueDim;
        for (int row = 0; row < count; row++) {
            int firstSegment = scratch.firstVisible[row] / KvLayout.SEGMENT_TOKENS;
            int lastSegment = scratch.lastVisible[row] / KvLayout.SEGMENT_TOKENS;
            if (segment < firstSegment || segment > lastSegment) {
                continue;
            }
            float sum = StridedSum.halve(scratch.sums, row * AttentionScratch.SUMS);
            float maximum = scratch.maxima[row];
            int start = row * valueDim;
            if (segment == firstSegment) {
                scratch.mergedMaxima[row] = maximum;
                scratch.mergedSums[row] = sum;
                System.arraycopy(scratch.outputs, start, scratch.mergedOutputs, start, valueDim);
                continue;
            }
            float newMaximum = Math.max(scratch.mergedMaxima[row], maximum);
            float a = Exponential.exp(scratch.mergedMaxima[row] - newMaximum);
            float b = Exponential.exp(maximum - newMaximum);
            scratch.mergedMaxima[row] = newMaximum;
            scratch.mergedSums[row] = Math.fma(sum, b, scratch.mergedSums[row] * a);
            blend(scratch.outputs, b, scratch.mergedOutputs, a, start, valueDim);
        }
    }

    /// Merges a score that has no value.
    private static void addSink(int row, float sink, AttentionScratch scratch) {
        float newMaximum = Math.max(scratch.mergedMaxima[row], sink);
        float a = Exponential.exp(scratch.mergedMaxima[row] - newMaximum);
        scratch.mergedSums[row] = scratch.mergedSums[row] * a + Exponential.exp(sink - newMaximum);
        multiply(scratch.mergedOutputs, row * scratch.valueDim, scratch.valueDim, a);
    }

    /// `target[i] = fma(added[i], b, target[i] * a)`.
    private static void blend(
            float[] added, float b, float[] target, float a, int start, int count) {
        int end = start + count;
        int i = start;
        for (; i <= end - Lanes.COUNT; i += Lanes.COUNT) {
            FloatVector scaled = load(target, i).mul(a);
            FloatVector factor = FloatVector.broadcast(Lanes.SPECIES, b);
            load(added, i).fma(factor, scaled).intoArray(target, i);
        }
        for (; i < end; i++) {
            target[i] = Math.fma(added[i], b, target[i] * a);
        }
    }

    private static void multiply(float[] x, int start, int count, float factor) {
        int end = start + count;
        int i = start;
        for (; i <= end - Lanes.COUNT; i += Lanes.COUNT) {
            load(x, i).mul(factor).intoArray(x, i);
        }
        for (; i < end; i++) {
            x[i] *= factor;
        }
    }

    private static FloatVector load(float[] from, int index) {
        return FloatVector.fromArray(Lanes.SPECIES, from, index);
    }
}
