package dev.tokamak.kernels.rope;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// Cosines and sines of a model's rotary embedding, computed in double by `StrictMath` and built page by page as
/// positions are first used. Thread-safe.
public final class RopeTable {

    /* A page holds the rows of 16 positions, few, because the first are computed by the interpreter. A row is rotatedDim / 2 cosines then as many sines for HALVES; for ADJACENT
     * it is rotatedDim cosines, each twice, then rotatedDim sines, each twice, the first negated, so that lanes line up
     * with the elements of a head. Two threads may build the same page at once: they compute the same bits. Pages are native
     * memory, which machine code can read, and live as long as the table. */

    private static final int PAGE_POSITIONS = 16;

    private final Pairing pairing;
    private final int rotatedDim;
    private final double[] inverseFrequencies;
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
            double magnitudeScale,
            int maxPositions) {
        this.pairing = pairing;
        this.rotatedDim = rotatedDim;
        this.inverseFrequencies = inverseFrequencies.clone();
        this.magnitudeScale = magnitudeScale;
        this.maxPositions = maxPositions;
        this.pages =
                new AtomicReferenceArray<>((maxPositions + PAGE_POSITIONS - 1) / PAGE_POSITIONS);
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
        return new RopeTable(pairing, rotatedDim, inverseFrequencies, magnitudeScale, maxPositions);
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

    /// Floats from the cosines of a row to its sines.
    int sinesOffset() {
        return pairing == Pairing.HALVES ? rotatedDim / 2 : rotatedDim;
    }

    private long rowBytes() {
        return 2L * sinesOffset() * Float.BYTES;
    }

    /// Offset of the position's row in its page.
    long rowOffsetBytes(int position) {
        return position % PAGE_POSITIONS * rowBytes();
    }

    /// The page that holds the position's row.
    MemorySegment page(int position) {
        if (position < 0 || position >= maxPositions) {
            throw new IllegalArgumentException(
                    "position %d is not in [0, %d)".formatted(position, maxPositions));
        }
        int index = position / PAGE_POSITIONS;
        MemorySegment page = pages.get(index);
        if (page == null) {
            pages.compareAndSet(index, null, build(index));
            page = pages.get(index);
        }
        return page;
    }

    private MemorySegment build(int index) {
        int sines = sinesOffset();
        MemorySegment page = Arena.ofAuto().allocate(PAGE_POSITIONS * rowBytes(), 64);
        for (int p = 0; p < PAGE_POSITIONS; p++) {
            long row = p * 2L * sines;
            for (int i = 0; i < inverseFrequencies.length; i++) {
                double angle = (index * (double) PAGE_POSITIONS + p) * inverseFrequencies[i];
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
