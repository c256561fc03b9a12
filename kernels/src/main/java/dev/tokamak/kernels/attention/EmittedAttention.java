package dev.tokamak.kernels.attention;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.tokamak.kernels.arithmetic.NativeRange;
import dev.tokamak.kernels.code.CodeMemory;
import dev.tokamak.kernels.code.LineFetch;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Attention in machine code, emitted for each shape of keys and values when it is first seen. Thread-safe.
final class EmittedAttention implements Attention {

    /* A call of emitted code takes a tile of query rows, token by token, and as many pages as its table has room for, cut
     * between segments. Java only fills in rows and addresses; all bounds of what emitted code touches are checked here. */

    /// Longer values would make code that is too long; the reference serves them.
    private static final int LONGEST_VALUE = 512;

    private static final int LONGEST_KEY = 4096;

    private static final int KEYS = KvLayout.PAGE_TOKENS;

    /// Rows times pages times elements of a key and a value, of a call that surely ends within 20 microseconds.
    private static final long BRIEF = 1 << 14;

    private final CodeMemory memory;
    private final int vectorBits;
    private final LineFetch lines;
    private final Attention reference = new ScalarAttention();
    private final Map<AttentionShape, AttentionFunctions> known = new ConcurrentHashMap<>();
    private volatile @Nullable AttentionFunctions recent;

    /// @param vectorBits 512 (AVX-512 F, BW, DQ and VL) or 256 (AVX2, FMA and F16C)
    EmittedAttention(CodeMemory memory, int vectorBits) {
        this.memory = memory;
        this.vectorBits = vectorBits;
        this.lines = new LineFetch(memory);
    }

    private AttentionFunctions functions(KvView view, AttentionHead head) {
        AttentionFunctions last = recent;
        if (last != null && last.shape().fits(view, head)) {
            return last;
        }
        AttentionFunctions found =
                known.computeIfAbsent(
                        AttentionShape.of(view, head),
                        shape -> AttentionFunctions.emit(memory, shape, vectorBits));
        recent = found;
        return found;
    }

    private static boolean isEmitted(KvLayer layer) {
        return layer.valueDim() <= LONGEST_VALUE && layer.keyDim() <= LONGEST_KEY;
    }

    private static KvLayer layer(KvView view, AttentionHead head) {
        return view.layout().layer(head.layer());
    }

    @Override
    public void fetchAhead(KvView view, AttentionHead head, int position) {
        fetch(view, head, head.firstVisible(position), view.layout().headBytes(head.layer()));
    }

    @Override
    public void fetchKeysAhead(KvView view, AttentionHead head, int position) {
        int keyBytes = layer(view, head).keyDim() * view.layout().type().elementBytes();
        fetch(view, head, position, (long) KEYS * keyBytes);
    }

    private void fetch(KvView view, AttentionHead head, int position, long bytes) {
        long offsetBytes =
                view.pageOffsetBytes(position)
                        + view.layout().headOffsetBytes(head.layer(), head.kvHead());
        lines.fetch(view.pool(), offsetBytes, bytes);
    }

    @Override
    public void store(
            KvView view,
            AttentionHead head,
            int position,
            MemorySegment keys,
            long keyOffsetBytes,
            MemorySegment values,
            long valueOffsetBytes) {
        KvLayer layer = layer(view, head);
        if (!isEmitted(layer)) {
            reference.store(view, head, position, keys, keyOffsetBytes, values, valueOffsetBytes);
            return;
        }
        int slot = position % KEYS;
        int elementBytes = view.layout().type().elementBytes();
        long page = pageAddress(view, head, position / KEYS);
        long value =
                page
                        + (long) KEYS * layer.keyDim() * elementBytes
                        + (long) slot * layer.valueDim() * elementBytes;
        functions(view, head)
                .store()
                .callBriefly(
                        page + (long) slot * elementBytes,
                        value,
                        address(keys, keyOffsetBytes, layer.keyDim()),
                        address(values, valueOffsetBytes, layer.valueDim()),
                        0,
                        0);
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
        KvLayer layer = layer(view, head);
        scratch.turnTo(layer);
        if (!isEmitted(layer)) {
            reference.attend(
                    view, head, firstPosition, firstRow, tokenCount, query, output, scratch);
            return;
        }
        AttentionFunctions functions = functions(view, head);
        TileRow parts = functions.row();
        boolean sinks = head.rule().hasSinks();
        int heads = Math.min(head.queryHeads(), AttentionScratch.EMITTED_ROWS);
        int tokens = AttentionScratch.EMITTED_ROWS / heads;
        for (int token = 0; token < tokenCount; token += tokens) {
            int count = Math.min(tokens, tokenCount - token);
            for (int h = 0; h < head.queryHeads(); h += heads) {
                int headCount = Math.min(heads, head.queryHeads() - h);
                int position = firstPosition + token;
                int row = firstRow + token;
                int firstHead = head.firstQueryHead() + h;
                fill(head, parts, row, count, firstHead, headCount, query, scratch);
                setVisible(view, head, parts, position, count, headCount, scratch);
                if (sinks) {
                    setSinks(head, parts, count, firstHead, headCount, scratch);
                }
                attendTile(view, head, functions, count * headCount, sinks, scratch);
                writeOutputs(head, parts, row, count, firstHead, headCount, output, scratch);
            }
        }
    }

    /// Fills in the queries of the rows of a tile.
    private static void fill(
            AttentionHead head,
            TileRow parts,
            int row,
            int tokens,
            int firstHead,
            int heads,
            MemorySegment query,
            AttentionScratch scratch) {
        long queryBytes = (long) scratch.keyDim * Float.BYTES;
        long at = 0;
        for (int token = 0; token < tokens; token++) {
            long from =
                    (long) (row + token) * head.tokenStride() * Float.BYTES
                            + firstHead * queryBytes;
            for (int h = 0; h < heads; h++) {
                MemorySegment.copy(query, from, scratch.tile, at + TileRow.QUERY, queryBytes);
                at += parts.strideBytes();
                from += queryBytes;
            }
        }
    }

    /// Fills in what the rows of a tile see, those of each token the same.
    private static void setVisible(
            KvView view,
            AttentionHead head,
            TileRow parts,
            int position,
            int tokens,
            int heads,
            AttentionScratch scratch) {
        long at = 0;
        for (int token = 0; token < tokens; token++) {
            int first = head.firstVisible(position + token);
            int last = head.lastVisible(position + token, view);
            for (int h = 0; h < heads; h++) {
                scratch.tile.set(JAVA_INT, at + parts.first(), first);
                scratch.tile.set(JAVA_INT, at + parts.last(), last);
                at += parts.strideBytes();
            }
        }
    }

    private static void setSinks(
            AttentionHead head,
            TileRow parts,
            int tokens,
            int firstHead,
            int heads,
            AttentionScratch scratch) {
        long at = parts.sink();
        for (int token = 0; token < tokens; token++) {
            for (int h = 0; h < heads; h++) {
                scratch.tile.set(JAVA_FLOAT, at, head.sink(firstHead + h));
                at += parts.strideBytes();
            }
        }
    }

    private static void writeOutputs(
            AttentionHead head,
            TileRow parts,
            int row,
            int tokens,
            int firstHead,
            int heads,
            MemorySegment output,
            AttentionScratch scratch) {
        long outputBytes = (long) scratch.valueDim * Float.BYTES;
        long at = parts.merged();
        for (int token = 0; token < tokens; token++) {
            long to =
                    (long) (row + token) * head.outputStride() * Float.BYTES
                            + firstHead * outputBytes;
            for (int h = 0; h < heads; h++) {
                MemorySegment.copy(scratch.tile, at, output, to, outputBytes);
                at += parts.strideBytes();
                to += outputBytes;
            }
        }
    }

    /// Attends to all pages that the rows see that were filled in: the first row from the first one on, the last row up to
    /// the last one.
    private static void attendTile(
            KvView view,
            AttentionHead head,
            AttentionFunctions functions,
            int rows,
            boolean sinks,
            AttentionScratch scratch) {
        TileRow parts = functions.row();
        int lastRow = (rows - 1) * parts.strideBytes();
        int wholeFirst = (scratch.tile.get(JAVA_INT, lastRow + parts.first()) + KEYS - 1) / KEYS;
        int wholeLast = (scratch.tile.get(JAVA_INT, parts.last()) + 1) / KEYS - 1;
        int blocks = (rows + functions.blockRows() - 1) / functions.blockRows();
        int blockRows = (rows + blocks - 1) / blocks;
        int end = scratch.tile.get(JAVA_INT, lastRow + parts.last()) / KEYS + 1;
        int page = scratch.tile.get(JAVA_INT, parts.first()) / KEYS;
        long rowElements = (long) rows * (scratch.keyDim + scratch.valueDim);
        while (page < end) {
            int most =
                    (page / KvLayout.SEGMENT_PAGES + AttentionScratch.TABLE_SEGMENTS)
                            * KvLayout.SEGMENT_PAGES;
            int last = Math.min(end, most) - 1;
            for (int i = page; i <= last; i++) {
                scratch.pages.setAtIndex(JAVA_LONG, i - page, pageAddress(view, head, i));
            }
            long options = rows | (long) blockRows << 16;
            if (last == end - 1) {
                options |= AttentionCode.FINISH | (sinks ? AttentionCode.SINKS : 0);
            }
            long range = pair(page, last);
            long whole = pair(wholeFirst, wholeLast);
            long scale =
                    pair(
                            Float.floatToRawIntBits(head.rule().scale()),
                            Float.floatToRawIntBits(head.rule().softcap()));
            long tile = scratch.tile.address();
            if ((last - page + 1) * rowElements <= BRIEF) {
                functions
                        .attend()
                        .callBriefly(tile, scratch.pages.address(), range, whole, options, scale);
            } else {
                functions
                        .attend()
                        .call(tile, scratch.pages.address(), range, whole, options, scale);
            }
            page = last + 1;
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
        KvLayer layer = layer(view, head);
        scratch.turnTo(layer);
        partials.requireFits(view, head, position);
        AttentionPartials.requireSegment(view, head, position, segment);
        if (!isEmitted(layer)
                || !attendSegmentEmitted(
                        view, head, position, row, segment, query, partials, scratch)) {
            reference.attendSegment(view, head, position, row, segment, query, partials, scratch);
        }
    }

    /// Whether the result is exact; what lanes leave open, the sign of a maximum of zero and the maximum of NaN, is the
    /// reference's business.
    private boolean attendSegmentEmitted(
            KvView view,
            AttentionHead head,
            int position,
            int row,
            int segment,
            MemorySegment query,
            AttentionPartials partials,
            AttentionScratch scratch) {
        int from = Math.max(head.firstVisible(position), segment * KvLayout.SEGMENT_TOKENS);
        int last = head.lastVisible(position, view);
        int to = Math.min(last, (segment + 1) * KvLayout.SEGMENT_TOKENS - 1);
        AttentionFunctions functions = functions(view, head);
        TileRow parts = functions.row();
        MemorySegment tile = scratch.tile;
        long outputBytes = (long) scratch.valueDim * Float.BYTES;
        for (int h = 0; h < head.queryHeads(); h += AttentionScratch.EMITTED_ROWS) {
            int count = Math.min(AttentionScratch.EMITTED_ROWS, head.queryHeads() - h);
            int firstHead = head.firstQueryHead() + h;
            fill(head, parts, row, 1, firstHead, count, query, scratch);
            for (int i = 0; i < count; i++) {
                long at = (long) i * parts.strideBytes();
                tile.set(JAVA_INT, at + parts.first(), from);
                tile.set(JAVA_INT, at + parts.last(), to);
            }
            attendTile(view, head, functions, count, false, scratch);
            for (int i = 0; i < count; i++) {
                long at = (long) i * parts.strideBytes();
                float maximum = tile.get(JAVA_FLOAT, at + parts.mergedMaximum());
                float sum = tile.get(JAVA_FLOAT, at + parts.mergedSum());
                if (maximum == 0f || Float.isNaN(sum)) {
                    return false;
                }
                MemorySegment.copy(
                        tile,
                        at + parts.output(),
                        partials.memory(),
                        partials.outputBytes(segment, firstHead + i),
                        outputBytes);
                partials.put(segment, firstHead + i, maximum, sum);
            }
        }
        return true;
    }

    @Override
    public void merge(
            KvView view,
            AttentionHead head,
            int position,
            int row,
            AttentionPartials partials,
            MemorySegment output) {
        KvLayer layer = layer(view, head);
        partials.requireFits(view, head, position);
        if (!isEmitted(layer)) {
            reference.merge(view, head, position, row, partials, output);
            return;
        }
        int first = head.firstVisible(position) / KvLayout.SEGMENT_TOKENS;
        int last = head.lastVisible(position, view) / KvLayout.SEGMENT_TOKENS;
        int heads = head.queryHeads();
        int firstHead = head.firstQueryHead();
        long element = (long) row * head.outputStride() + (long) firstHead * layer.valueDim();
        functions(view, head)
                .merge()
                .callBriefly(
                        partials.memory().address() + partials.offsetBytes(first, firstHead),
                        address(output, element * Float.BYTES, (long) heads * layer.valueDim()),
                        pair(last - first + 1, heads),
                        partials.segmentBytes(),
                        sinksAddress(head),
                        partials.partialBytes());
    }

    /// Where the sink of the first query head is; 0 when there are none.
    private static long sinksAddress(AttentionHead head) {
        return head.rule().hasSinks()
                ? NativeRange.address(
                        head.rule().sinks(),
                        (long) head.firstQueryHead() * Float.BYTES,
                        head.queryHeads())
                : 0;
    }

    /// The address of so many floats, all of which the memory has.
    private static long address(MemorySegment memory, long offsetBytes, long floats) {
        Objects.checkFromIndexSize(offsetBytes, floats * Float.BYTES, memory.byteSize());
        return memory.address() + offsetBytes;
    }

    private static long pageAddress(KvView view, AttentionHead head, int page) {
        KvLayout layout = view.layout();
        long offset =
                view.pageOffsetBytes(page * KEYS)
                        + layout.headOffsetBytes(head.layer(), head.kvHead());
        MemorySegment pool = view.pool();
        Objects.checkFromIndexSize(offset, layout.headBytes(head.layer()), pool.byteSize());
        return pool.address() + offset;
    }

    private static long pair(int lower, int upper) {
        return (lower & 0xffff_ffffL) | (long) upper << Integer.SIZE;
    }
}
