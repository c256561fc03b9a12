package dev.tokamak.kernels.rope;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.tokamak.kernels.rope.RopeTable.Pairing;
import java.lang.foreign.MemorySegment;

/// Rotary embedding in plain Java: the specification. Thread-safe.
final class ScalarRope implements Rope {

    @Override
    public void rotate(
            RopeTable table,
            int position,
            MemorySegment x,
            long offsetBytes,
            int heads,
            int headDim) {
        requireFits(table, headDim);
        MemorySegment page = table.page(position);
        long row = table.rowOffsetBytes(position) / Float.BYTES;
        long sines = row + table.sinesOffset();
        int half = table.rotatedDim() / 2;
        boolean halves = table.pairing() == Pairing.HALVES;
        for (int head = 0; head < heads; head++) {
            long start = offsetBytes + (long) head * headDim * Float.BYTES;
            for (int i = 0; i < half; i++) {
                if (halves) {
                    turn(x, start, i, i + half, at(page, row + i), at(page, sines + i));
                } else {
                    float cosine = at(page, row + 2L * i);
                    turn(x, start, 2 * i, 2 * i + 1, cosine, at(page, sines + 2L * i + 1));
                }
            }
        }
    }

    static float at(MemorySegment page, long index) {
        return page.getAtIndex(JAVA_FLOAT, index);
    }

    static void requireFits(RopeTable table, int headDim) {
        if (table.rotatedDim() > headDim) {
            throw new IllegalArgumentException(
                    "the table rotates %d elements, but a head has %d"
                            .formatted(table.rotatedDim(), headDim));
        }
    }

    static void turn(MemorySegment x, long start, int first, int second, float cosine, float sine) {
        long firstBytes = start + (long) first * Float.BYTES;
        long secondBytes = start + (long) second * Float.BYTES;
        float x0 = x.get(JAVA_FLOAT, firstBytes);
        float x1 = x.get(JAVA_FLOAT, secondBytes);
        x.set(JAVA_FLOAT, firstBytes, Math.fma(x0, cosine, -(x1 * sine)));
        x.set(JAVA_FLOAT, secondBytes, Math.fma(x1, cosine, x0 * sine));
    }
}
