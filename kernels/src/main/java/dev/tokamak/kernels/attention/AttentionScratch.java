package dev.tokamak.kernels.attention;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/// The working memory of one worker's attention, allocated once and reused by every call. Confined to one worker at a
/// time.
public final class AttentionScratch {

    /* A tile is up to TILE_ROWS query rows (pairs of token and query head) that walk over the pages together, so that a
     * page is converted from fp16 once for all of them. Rows are padded to whole blocks of four. */

    /// Query rows of one tile.
    static final int TILE_ROWS = 32;

    static final int SUMS = 16;

    final int keyDim;
    final int valueDim;

    /// The fp16 keys and values of a page.
    final short[] halves;

    /// Its keys in fp32, `[keyDim][32]`.
    final float[] keys;

    /// Its values in fp32, `[32][valueDim]`.
    final float[] values;

    /// Query rows, `[TILE_ROWS][keyDim]`.
    final float[] queries;

    /// Scores, then probabilities of a page, `[TILE_ROWS][32]`.
    final float[] scores;

    /// Of the current segment: maximum, 16 sums and output of each row.
    final float[] maxima = new float[TILE_ROWS];

    final float[] sums = new float[TILE_ROWS * SUMS];
    final float[] outputs;

    /// Of the merged segments: maximum, sum and output of each row.
    final float[] mergedMaxima = new float[TILE_ROWS];

    final float[] mergedSums = new float[TILE_ROWS];
    final float[] mergedOutputs;

    /// First and last visible position of each row.
    final int[] firstVisible = new int[TILE_ROWS];

    final int[] lastVisible = new int[TILE_ROWS];

    /// Rows of a tile of emitted code.
    static final int EMITTED_ROWS = 24;

    /// Segments whose pages one call of emitted code takes.
    static final int TABLE_SEGMENTS = 64;

    /// Where the parts of a row of [#tile] are.
    final TileRow tileRow;

    /// The rows of a tile of emitted code.
    final MemorySegment tile;

    /// The addresses of pages for emitted code.
    final MemorySegment pages;

    /// Working memory for heads of these sizes.
    ///
    /// @param allocator of native memory
    public AttentionScratch(KvLayout layout, SegmentAllocator allocator) {
        keyDim = layout.keyDim();
        valueDim = layout.valueDim();
        halves = new short[KvLayout.PAGE_TOKENS * (keyDim + valueDim)];
        keys = new float[KvLayout.PAGE_TOKENS * keyDim];
        values = new float[KvLayout.PAGE_TOKENS * valueDim];
        queries = new float[TILE_ROWS * keyDim];
        scores = new float[TILE_ROWS * KvLayout.PAGE_TOKENS];
        outputs = new float[TILE_ROWS * valueDim];
        mergedOutputs = new float[TILE_ROWS * valueDim];
        tileRow = TileRow.of(keyDim, valueDim);
        tile = allocator.allocate((long) EMITTED_ROWS * tileRow.strideBytes(), 64);
        int mostPages = TABLE_SEGMENTS * KvLayout.SEGMENT_PAGES;
        pages = allocator.allocate((long) mostPages * Long.BYTES, 64);
    }

    void requireFits(KvLayout layout) {
        if (layout.keyDim() != keyDim || layout.valueDim() != valueDim) {
            throw new IllegalArgumentException(
                    "the scratch is for keys of %d and values of %d elements, the layout has %d and %d"
                            .formatted(keyDim, valueDim, layout.keyDim(), layout.valueDim()));
        }
    }
}
