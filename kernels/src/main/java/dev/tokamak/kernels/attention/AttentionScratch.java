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

    /// Elements of a key and of a value of the layer that is being computed.
    int keyDim;

    int valueDim;

    private final int widestKey;
    private final int widestValue;

    /* Arrays are as long as the widest layer needs; rows lie as close as those of the layer at hand. */

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

    /// The rows of a tile of emitted code.
    final MemorySegment tile;

    /// The addresses of pages for emitted code.
    final MemorySegment pages;

    /// Working memory for the heads of any layer.
    ///
    /// @param allocator of native memory
    public AttentionScratch(KvLayout layout, SegmentAllocator allocator) {
        widestKey = layout.widestKey();
        widestValue = layout.widestValue();
        halves = new short[KvLayout.PAGE_TOKENS * (widestKey + widestValue)];
        keys = new float[KvLayout.PAGE_TOKENS * widestKey];
        values = new float[KvLayout.PAGE_TOKENS * widestValue];
        queries = new float[TILE_ROWS * widestKey];
        scores = new float[TILE_ROWS * KvLayout.PAGE_TOKENS];
        outputs = new float[TILE_ROWS * widestValue];
        mergedOutputs = new float[TILE_ROWS * widestValue];
        long rowBytes = TileRow.of(widestKey, widestValue).strideBytes();
        tile = allocator.allocate(EMITTED_ROWS * rowBytes, 64);
        int mostPages = TABLE_SEGMENTS * KvLayout.SEGMENT_PAGES;
        pages = allocator.allocate((long) mostPages * Long.BYTES, 64);
    }

    /// Turns to the keys and values of this layer.
    void turnTo(KvLayer layer) {
        if (layer.keyDim() > widestKey || layer.valueDim() > widestValue) {
            throw new IllegalArgumentException(
                    "the scratch is for keys of %d and values of %d elements, the layer has %d and %d"
                            .formatted(widestKey, widestValue, layer.keyDim(), layer.valueDim()));
        }
        keyDim = layer.keyDim();
        valueDim = layer.valueDim();
    }
}
