package dev.tokamak.kernels.probe;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;

/// Probe loops in the Vector API. It has no dot product of bytes: kernels of this tier multiply small integers in fp32
/// lanes, so integers are as fast as floats. Loaded only where the module `jdk.incubator.vector` is present. Thread-safe.
final class VectorLoops implements ProbeLoops {

    /* The accumulators are plain local variables, so that the compiler keeps each in a register: eight, enough for two
     * units of four cycles and few enough for 16 registers. What a loop computes goes to a volatile field, or the compiler
     * would drop the loop. */

    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int ACCUMULATORS = 8;

    private volatile double sink;

    @Override
    public String method() {
        return "vector-api, %d bits".formatted(FLOATS.vectorBitSize());
    }

    @Override
    public void read(MemorySegment memory, long offsetBytes, long byteSize) {
        int step = LONGS.vectorByteSize();
        LongVector a = LongVector.zero(LONGS);
        LongVector b = LongVector.zero(LONGS);
        LongVector c = LongVector.zero(LONGS);
        LongVector d = LongVector.zero(LONGS);
        long end = offsetBytes + byteSize - 4L * step;
        for (long at = offsetBytes; at <= end; at += 4L * step) {
            a = a.add(LongVector.fromMemorySegment(LONGS, memory, at, ORDER));
            b = b.add(LongVector.fromMemorySegment(LONGS, memory, at + step, ORDER));
            c = c.add(LongVector.fromMemorySegment(LONGS, memory, at + 2L * step, ORDER));
            d = d.add(LongVector.fromMemorySegment(LONGS, memory, at + 3L * step, ORDER));
        }
        sink = a.add(b).add(c.add(d)).lane(0);
    }

    @Override
    public long integerOperationsPerRound() {
        return floatOperationsPerRound();
    }

    @Override
    public void multiplyIntegers(long rounds) {
        multiplyFloats(rounds);
    }

    @Override
    public long floatOperationsPerRound() {
        return 2L * ACCUMULATORS * FLOATS.length();
    }

    @Override
    public void multiplyFloats(long rounds) {
        FloatVector x = FloatVector.broadcast(FLOATS, 0.5f);
        FloatVector a = x;
        FloatVector b = x;
        FloatVector c = x;
        FloatVector d = x;
        FloatVector e = x;
        FloatVector f = x;
        FloatVector g = x;
        FloatVector h = x;
        for (long i = 0; i < rounds; i++) {
            a = a.fma(x, x);
            b = b.fma(x, x);
            c = c.fma(x, x);
            d = d.fma(x, x);
            e = e.fma(x, x);
            f = f.fma(x, x);
            g = g.fma(x, x);
            h = h.fma(x, x);
        }
        sink = a.add(b).add(c.add(d)).add(e.add(f).add(g.add(h))).lane(0);
    }

    @Override
    public void close() {}
}
