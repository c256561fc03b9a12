package dev.tokamak.kernels.attention;

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

    /// Working memory for heads of these sizes.
    public AttentionScratch(KvLayout layout) {
        keyDim = layout.keyDim();
        valueDim = layout.valueDim();
        halves = new short[KvLayout.PAGE_TOKENS * (keyDim + valueDim)];
        keys = new float[KvLayout.PAGE_TOKENS * keyDim];
        values = new float[KvLayout.PAGE_TOKENS * valueDim];
        queries = new float[TILE_ROWS * keyDim];
        scores = new float[TILE_ROWS * KvLayout.PAGE_TOKENS];
        outputs = new float[TILE_ROWS * valueDim];
        mergedOutputs = new float[TILE_ROWS * valueDim];
    }

    void requireFits(KvLayout layout) {
        if (layout.keyDim() != keyDim || layout.valueDim() != valueDim) {
            throw new IllegalArgumentException(
                    "the scratch is for keys of %d and values of %d elements, the layout has %d and %d"
                            .formatted(keyDim, valueDim, layout.keyDim(), layout.valueDim()));
        }
    }
}
