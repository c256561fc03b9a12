package dev.tokamak.kernels.rope;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// Cosines and sines of a model's rotary embedding, computed in double by `StrictMath` and built page by page as
/// positions are first used. Thread-safe.
public final class RopeTable {

    /* A page holds the rows of 16 positions, few, because the first are computed by the interpreter. A row is
     * rotatedDim / 2 cosines then as many sines for HALVES; for ADJACENT it is rotatedDim cosines, each twice, then
     * rotatedDim sines, each twice, the first negated, so that lanes line up with the elements of a head. Two threads may build the same page at once: they compute the same bits. Pages are native
     * memory, which machine code can read, and live as long as the table. The pages of long sequences follow all others. */

    private static final int PAGE_POSITIONS = 16;
    private static final int MOST_SWITCHED_POSITIONS = 1 << 29;
    private static final double[] NONE = {};

    private final Pairing pairing;
    private final int rotatedDim;
    private final double[] inverseFrequencies;
    private final double[] longFrequencies;
    private final int shortTokens;
    private final double magnitudeScale;
    private final int maxPositions;
    private final AtomicReferenceArray<MemorySegment> pages;

    /// Which elements of a head form a rotated pair.
    public enum Pairing {
        /// `(2i, 2i + 1)`
        ADJACENT,
        /// `(i, i + rotatedDim / 2)`
        HALVES
    }

    private RopeTable(
            Pairing pairing,
            int rotatedDim,
            double[] inverseFrequencies,
            double[] longFrequencies,
            int shortTokens,
            double magnitudeScale,
            int maxPositions) {
        this.pairing = pairing;
        this.rotatedDim = rotatedDim;
        this.inverseFrequencies = inverseFrequencies.clone();
        this.longFrequencies = longFrequencies.clone();
        this.shortTokens = shortTokens;
        this.magnitudeScale = magnitudeScale;
        this.maxPositions = maxPositions;
        this.pages =
                new AtomicReferenceArray<>(
                        longFrequencies.length == 0 ? pageCount() : 2 * pageCount());
    }

    /// A table in which pair i of position p turns by the angle `p * inverseFrequencies[i]`, for example
    /// `inverseFrequencies[i] = pow(base, -2.0 * i / rotatedDim)`, with any scaling of the model already in it.
    ///
    /// @param rotatedDim how many elements of each head are rotated, from its first; even
    /// @param inverseFrequencies one for each of `rotatedDim / 2` pairs
    /// @param magnitudeScale factor of cosines and sines, usually 1
    /// @param maxPositions positions that may be used
    public static RopeTable of(
            Pairing pairing,
            int rotatedDim,
            double[] inverseFrequencies,
            double magnitudeScale,
            int maxPositions) {
        if (rotatedDim < 2 || rotatedDim % 2 != 0) {
            throw new IllegalArgumentException(
                    "rotatedDim must be even and at least 2, not " + rotatedDim);
        }
        if (inverseFrequencies.length != rotatedDim / 2) {
            throw new IllegalArgumentException(
                    "%d inverse frequencies for %d rotated elements; %d are needed"
                            .formatted(inverseFrequencies.length, rotatedDim, rotatedDim / 2));
        }
        if (maxPositions < 1 || maxPositions > Integer.MAX_VALUE - PAGE_POSITIONS) {
            throw new IllegalArgumentException(
                    "maxPositions must be positive and sensible, not " + maxPositions);
        }
        return new RopeTable(
                pairing,
                rotatedDim,
                inverseFrequencies,
                NONE,
                Integer.MAX_VALUE,
                magnitudeScale,
                maxPositions);
    }

    /// The same table, but sequences of more than this many tokens turn by other frequencies. Ding et al., "LongRoPE", 2024.
    public RopeTable turningBeyond(int tokens, double[] frequencies) {
        if (frequencies.length != inverseFrequencies.length
                || tokens < 1
                || maxPositions > MOST_SWITCHED_POSITIONS) {
            throw new IllegalArgumentException(
                    "%d other frequencies beyond %d tokens do not fit %d for %d positions"
                            .formatted(
                                    frequencies.length,
                                    tokens,
                                    inverseFrequencies.length,
                                    maxPositions));
        }
        return new RopeTable(
                pairing,
                rotatedDim,
                inverseFrequencies,
                frequencies,
                tokens,
                magnitudeScale,
                maxPositions);
    }

    public Pairing pairing() {
        return pairing;
    }

    public int rotatedDim() {
        return rotatedDim;
    }

    public int maxPositions() {
        return maxPositions;
    }

    /// The most tokens of a sequence that turn by the usual frequencies; `Integer.MAX_VALUE` when there are no others.
    public int shortTokens() {
        return shortTokens;
    }

    /// The row of a position in a sequence of so many tokens, as [Rope] wants it.
    public int row(int position, int sequenceTokens) {
        return sequenceTokens > shortTokens ? firstLongRow() + position : position;
    }

    private int firstLongRow() {
        return pageCount() * PAGE_POSITIONS;
    }

    private int pageCount() {
        return (maxPositions + PAGE_POSITIONS - 1) / PAGE_POSITIONS;
    }

    /// Floats from the cosines of a row to its sines.
    int sinesOffset() {
        return pairing == Pairing.HALVES ? rotatedDim / 2 : rotatedDim;
    }

    private long rowBytes() {
        return 2L * sinesOffset() * Float.BYTES;
    }

    /// Offset of a row in its page.
    long rowOffsetBytes(int row) {
        return row % PAGE_POSITIONS * rowBytes();
    }

    /// The page that holds a row.
    MemorySegment page(int row) {
        int index = row / PAGE_POSITIONS;
        int position = index < pageCount() ? row : row - firstLongRow();
        if (position < 0 || position >= maxPositions || index >= pages.length()) {
            throw new IllegalArgumentException(
                    "position %d is not in [0, %d)".formatted(row, maxPositions));
        }
        MemorySegment page = pages.get(index);
        if (page == null) {
            pages.compareAndSet(index, null, build(index));
            page = pages.get(index);
        }
        return page;
    }

    private MemorySegment build(int index) {
        int sines = sinesOffset();
        boolean isLong = index >= pageCount();
        double[] frequencies = isLong ? longFrequencies : inverseFrequencies;
        int first = index * PAGE_POSITIONS - (isLong ? firstLongRow() : 0);
        MemorySegment page = Arena.ofAuto().allocate(PAGE_POSITIONS * rowBytes(), 64);
        for (int p = 0; p < PAGE_POSITIONS; p++) {
            long row = p * 2L * sines;
            for (int i = 0; i < frequencies.length; i++) {
                double angle = ((double) first + p) * frequencies[i];
                float cosine = (float) (StrictMath.cos(angle) * magnitudeScale);
                float sine = (float) (StrictMath.sin(angle) * magnitudeScale);
                if (pairing == Pairing.HALVES) {
                    page.setAtIndex(JAVA_FLOAT, row + i, cosine);
                    page.setAtIndex(JAVA_FLOAT, row + sines + i, sine);
                } else {
                    page.setAtIndex(JAVA_FLOAT, row + 2L * i, cosine);
                    page.setAtIndex(JAVA_FLOAT, row + 2L * i + 1, cosine);
                    page.setAtIndex(JAVA_FLOAT, row + sines + 2L * i, -sine);
                    page.setAtIndex(JAVA_FLOAT, row + sines + 2L * i + 1, sine);
                }
            }
        }
        return page;
    }
}
