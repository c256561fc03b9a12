package dev.tokamak.kernels.attention;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.tokamak.kernels.code.CodeMemory;
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

    /// Rows times pages of a call that surely ends within 20 microseconds.
    private static final int BRIEF = 64;

    private final CodeMemory memory;
    private final int vectorBits;
    private final Attention reference = new ScalarAttention();
    private final Map<AttentionShape, AttentionFunctions> known = new ConcurrentHashMap<>();
    private volatile @Nullable AttentionFunctions recent;

    /// @param vectorBits 512 (AVX-512 F, BW, DQ and VL) or 256 (AVX2, FMA and F16C)
    EmittedAttention(CodeMemory memory, int vectorBits) {
        this.memory = memory;
        this.vectorBits = vectorBits;
    }

    private AttentionFunctions functions(KvLayout layout) {
        AttentionFunctions last = recent;
        if (last != null && fits(last.shape(), layout)) {
            return last;
        }
        AttentionFunctions found =
                known.computeIfAbsent(
                        AttentionShape.of(layout),
                        shape -> AttentionFunctions.emit(memory, shape, vectorBits));
        recent = found;
        return found;
    }

    private static boolean fits(AttentionShape shape, KvLayout layout) {
        return shape.keyDim() == layout.keyDim()
                && shape.valueDim() == layout.valueDim()
                && shape.type() == layout.type();
    }

    private static boolean isEmitted(KvLayout layout) {
        return layout.valueDim() <= LONGEST_VALUE && layout.keyDim() <= LONGEST_KEY;
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
        KvLayout layout = view.layout();
        if (!isEmitted(layout)) {
            reference.store(view, head, position, keys, keyOffsetBytes, values, valueOffsetBytes);
            return;
        }
        int slot = position % KEYS;
        int elementBytes = layout.type().elementBytes();
        long page = pageAddress(view, head, position / KEYS);
        long value =
                page
                        + (long) KEYS * layout.keyDim() * elementBytes
                        + (long) slot * layout.valueDim() * elementBytes;
        functions(layout)
                .store()
                .callBriefly(
                        page + (long) slot * elementBytes,
                        value,
                        address(keys, keyOffsetBytes, layout.keyDim()),
                        address(values, valueOffsetBytes, layout.valueDim()),
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
        KvLayout layout = view.layout();
        scratch.requireFits(layout);
        if (!isEmitted(layout)) {
            reference.attend(
                    view, head, firstPosition, firstRow, tokenCount, query, output, scratch);
            return;
        }
        int heads = Math.min(head.queryHeads(), AttentionScratch.EMITTED_ROWS);
        int tokens = AttentionScratch.EMITTED_ROWS / heads;
        for (int token = 0; token < tokenCount; token += tokens) {
            int count = Math.min(tokens, tokenCount - token);
            for (int h = 0; h < head.queryHeads(); h += heads) {
                int headCount = Math.min(heads, head.queryHeads() - h);
                int position = firstPosition + token;
                int row = firstRow + token;
                fill(head, position, row, count, h, headCount, query, scratch);
                int first = head.firstVisible(position);
                attendTile(view, head, first, position + count - 1, count * headCount, scratch);
                writeOutputs(head, row, count, h, headCount, output, scratch);
            }
        }
    }

    /// Fills in the rows of a tile: queries and what they see.
    private static void fill(
            AttentionHead head,
            int position,
            int row,
            int tokens,
            int firstHead,
            int heads,
            MemorySegment query,
            AttentionScratch scratch) {
        TileRow parts = scratch.tileRow;
        MemorySegment tile = scratch.tile;
        long queryBytes = (long) scratch.keyDim * Float.BYTES;
        long at = 0;
        for (int token = 0; token < tokens; token++) {
            long from =
                    (long) (row + token) * head.tokenStride() * Float.BYTES
                            + ((long) head.kvHead() * head.queryHeads() + firstHead) * queryBytes;
            for (int h = 0; h < heads; h++) {
                MemorySegment.copy(query, from, tile, at + TileRow.QUERY, queryBytes);
                tile.set(JAVA_INT, at + parts.first(), head.firstVisible(position + token));
                tile.set(JAVA_INT, at + parts.last(), position + token);
                at += parts.strideBytes();
                from += queryBytes;
            }
        }
    }

    private static void writeOutputs(
            AttentionHead head,
            int row,
            int tokens,
            int firstHead,
            int heads,
            MemorySegment output,
            AttentionScratch scratch) {
        long outputBytes = (long) scratch.valueDim * Float.BYTES;
        long at = scratch.tileRow.merged();
        for (int token = 0; token < tokens; token++) {
            long to =
                    (long) (row + token) * head.outputStride() * Float.BYTES
                            + ((long) head.kvHead() * head.queryHeads() + firstHead) * outputBytes;
            for (int h = 0; h < heads; h++) {
                MemorySegment.copy(scratch.tile, at, output, to, outputBytes);
                at += scratch.tileRow.strideBytes();
                to += outputBytes;
            }
        }
    }

    /// Attends to the pages of positions `[from, to]` with the rows that were filled in, of which the last sees the most.
    private void attendTile(
            KvView view, AttentionHead head, int from, int to, int rows, AttentionScratch scratch) {
        AttentionFunctions functions = functions(view.layout());
        TileRow parts = scratch.tileRow;
        int lastRow = (rows - 1) * parts.strideBytes();
        int wholeFirst = (scratch.tile.get(JAVA_INT, lastRow + parts.first()) + KEYS - 1) / KEYS;
        int wholeLast = (scratch.tile.get(JAVA_INT, parts.last()) + 1) / KEYS - 1;
        int blocks = (rows + functions.blockRows() - 1) / functions.blockRows();
        int blockRows = (rows + blocks - 1) / blocks;
        int end = to / KEYS + 1;
        int page = from / KEYS;
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
                options |= AttentionCode.FINISH;
            }
            long range = pair(page, last);
            long whole = pair(wholeFirst, wholeLast);
            long scale = Float.floatToRawIntBits(head.scale()) & 0xffff_ffffL;
            long tile = scratch.tile.address();
            if ((last - page + 1) * rows <= BRIEF) {
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
        KvLayout layout = view.layout();
        scratch.requireFits(layout);
        partials.requireFits(layout, head, position);
        partials.requireSegment(head, position, segment);
        if (!isEmitted(layout)
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
        int to = Math.min(position, (segment + 1) * KvLayout.SEGMENT_TOKENS - 1);
        TileRow parts = scratch.tileRow;
        long outputBytes = (long) scratch.valueDim * Float.BYTES;
        MemorySegment memory = partials.memory();
        for (int h = 0; h < head.queryHeads(); h += AttentionScratch.EMITTED_ROWS) {
            int heads = Math.min(AttentionScratch.EMITTED_ROWS, head.queryHeads() - h);
            fill(head, position, row, 1, h, heads, query, scratch);
            for (int i = 0; i < heads; i++) {
                long at = (long) i * parts.strideBytes();
                scratch.tile.set(JAVA_INT, at + parts.first(), from);
                scratch.tile.set(JAVA_INT, at + parts.last(), to);
            }
            attendTile(view, head, from, to, heads, scratch);
            for (int i = 0; i < heads; i++) {
                long at = (long) i * parts.strideBytes();
                float maximum = scratch.tile.get(JAVA_FLOAT, at + parts.mergedMaximum());
                float sum = scratch.tile.get(JAVA_FLOAT, at + parts.mergedSum());
                if (maximum == 0f || Float.isNaN(sum)) {
                    return false;
                }
                int queryHead = head.kvHead() * head.queryHeads() + h + i;
                MemorySegment.copy(
                        scratch.tile,
                        at + parts.output(),
                        memory,
                        partials.outputBytes(segment, queryHead),
                        outputBytes);
                long maximumBytes = partials.maximumBytes(segment, queryHead);
                memory.set(JAVA_FLOAT, maximumBytes, maximum);
                memory.set(JAVA_FLOAT, maximumBytes + Float.BYTES, sum);
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
        KvLayout layout = view.layout();
        partials.requireFits(layout, head, position);
        if (!isEmitted(layout)) {
            reference.merge(view, head, position, row, partials, output);
            return;
        }
        int first = head.firstVisible(position) / KvLayout.SEGMENT_TOKENS;
        int segments = position / KvLayout.SEGMENT_TOKENS - first + 1;
        int firstHead = head.kvHead() * head.queryHeads();
        long element = (long) row * head.outputStride() + (long) firstHead * layout.valueDim();
        functions(layout)
                .merge()
                .callBriefly(
                        partials.memory().address() + partials.outputBytes(first, firstHead),
                        address(
                                output,
                                element * Float.BYTES,
                                (long) head.queryHeads() * layout.valueDim()),
                        segments,
                        partials.segmentBytes(),
                        head.queryHeads(),
                        partials.partialBytes());
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
        Objects.checkFromIndexSize(offset, layout.headBytes(), pool.byteSize());
        return pool.address() + offset;
    }

    private static long pair(int lower, int upper) {
        return (lower & 0xffff_ffffL) | (long) upper << Integer.SIZE;
    }
}
