package dev.tokamak.kernels.rope;

import dev.tokamak.kernels.arithmetic.Lanes;
import dev.tokamak.kernels.rope.RopeTable.Pairing;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;

/// Rotary embedding in lanes of the Vector API. Thread-safe.
final class VectorRope implements Rope {

    private static final VectorShuffle<Float> SWAP_NEIGHBOURS =
            VectorShuffle.fromOp(Lanes.SPECIES, lane -> lane ^ 1);

    @Override
    public void rotate(
            RopeTable table,
            int position,
            MemorySegment x,
            long offsetBytes,
            int heads,
            int headDim) {
        ScalarRope.requireFits(table, headDim);
        MemorySegment page = table.page(position);
        long row = table.rowOffsetBytes(position);
        for (int head = 0; head < heads; head++) {
            long start = offsetBytes + (long) head * headDim * Float.BYTES;
            if (table.pairing() == Pairing.HALVES) {
                rotateHalves(page, row, table.rotatedDim() / 2, x, start);
            } else {
                rotateNeighbours(page, row, table.rotatedDim(), x, start);
            }
        }
    }

    private static void rotateHalves(
            MemorySegment page, long row, int half, MemorySegment x, long start) {
        long sines = row + (long) half * Float.BYTES;
        int bound = Lanes.SPECIES.loopBound(half);
        for (int i = 0; i < bound; i += Lanes.COUNT) {
            long firstBytes = start + (long) i * Float.BYTES;
            long secondBytes = firstBytes + (long) half * Float.BYTES;
            FloatVector x0 = load(x, firstBytes);
            FloatVector x1 = load(x, secondBytes);
            FloatVector cosine = load(page, row + (long) i * Float.BYTES);
            FloatVector sine = load(page, sines + (long) i * Float.BYTES);
            x0.fma(cosine, x1.mul(sine).neg()).intoMemorySegment(x, firstBytes, Lanes.ORDER);
            x1.fma(cosine, x0.mul(sine)).intoMemorySegment(x, secondBytes, Lanes.ORDER);
        }
        for (int i = bound; i < half; i++) {
            float cosine = ScalarRope.at(page, row / Float.BYTES + i);
            ScalarRope.turn(
                    x, start, i, i + half, cosine, ScalarRope.at(page, sines / Float.BYTES + i));
        }
    }

    /// The sines of the table alternate in sign, so `x1 * -s` stands for `-(x1 * s)`: the same bits.
    private static void rotateNeighbours(
            MemorySegment page, long row, int rotatedDim, MemorySegment x, long start) {
        long sines = row + (long) rotatedDim * Float.BYTES;
        int bound = Lanes.SPECIES.loopBound(rotatedDim);
        for (int i = 0; i < bound; i += Lanes.COUNT) {
            long at = start + (long) i * Float.BYTES;
            FloatVector own = load(x, at);
            FloatVector other = own.rearrange(SWAP_NEIGHBOURS);
            FloatVector cosine = load(page, row + (long) i * Float.BYTES);
            FloatVector sine = load(page, sines + (long) i * Float.BYTES);
            own.fma(cosine, other.mul(sine)).intoMemorySegment(x, at, Lanes.ORDER);
        }
        for (int i = bound; i < rotatedDim; i += 2) {
            float cosine = ScalarRope.at(page, row / Float.BYTES + i);
            ScalarRope.turn(
                    x, start, i, i + 1, cosine, ScalarRope.at(page, sines / Float.BYTES + i + 1));
        }
    }

    private static FloatVector load(MemorySegment from, long offsetBytes) {
        return FloatVector.fromMemorySegment(Lanes.SPECIES, from, offsetBytes, Lanes.ORDER);
    }
}
