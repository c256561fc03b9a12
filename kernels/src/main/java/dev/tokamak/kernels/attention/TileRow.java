package dev.tokamak.kernels.attention;

/// Where the parts of one query row of a tile lie in native scratch memory, as emitted code reads and writes them.
///
/// Everything but the state starts at a cache line; outputs are padded to whole vectors, whose last lanes mean nothing.
///
/// @param scores of one page, then its probabilities: 32 floats
/// @param sums the 16 strided sums of the segment
/// @param output of the segment
/// @param merged output of all segments so far, in the end the result
/// @param state where the scalars are, see the constants
/// @param strideBytes from one row to the next
record TileRow(int scores, int sums, int output, int merged, int state, int strideBytes) {

    /// `keyDim` floats.
    static final int QUERY = 0;

    /// Offsets from [#state]: maximum of the segment, fp32.
    static final int MAXIMUM = 0;

    /// Maximum of the merged segments, fp32.
    static final int MERGED_MAXIMUM = 4;

    /// Sum of the merged segments, fp32.
    static final int MERGED_SUM = 8;

    /// First position that the row sees, int32.
    static final int FIRST = 12;

    /// Last position that the row sees, int32.
    static final int LAST = 16;

    /// Sum of the segment, fp32.
    static final int SEGMENT_SUM = 20;

    /// The sink of the query head, fp32.
    static final int SINK = 24;

    private static final int LINE_BYTES = 64;

    static TileRow of(int keyDim, int valueDim) {
        int scores = lines(keyDim);
        int sums = scores + lines(KvLayout.PAGE_TOKENS);
        int output = sums + lines(AttentionScratch.SUMS);
        int merged = output + lines(valueDim);
        int state = merged + lines(valueDim);
        int bytes = state + LINE_BYTES;
        // An odd number of lines, so that the same part of several rows never falls into one set of
        // the cache.
        int stride = bytes | LINE_BYTES;
        return new TileRow(scores, sums, output, merged, state, stride);
    }

    private static int lines(int floats) {
        return (floats * Float.BYTES + LINE_BYTES - 1) & -LINE_BYTES;
    }

    int maximum() {
        return state + MAXIMUM;
    }

    int mergedMaximum() {
        return state + MERGED_MAXIMUM;
    }

    int mergedSum() {
        return state + MERGED_SUM;
    }

    int segmentSum() {
        return state + SEGMENT_SUM;
    }

    int sink() {
        return state + SINK;
    }

    int first() {
        return state + FIRST;
    }

    int last() {
        return state + LAST;
    }
}
