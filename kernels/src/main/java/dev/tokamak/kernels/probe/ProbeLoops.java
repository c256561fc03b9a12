package dev.tokamak.kernels.probe;

import java.lang.foreign.MemorySegment;

/// Loops that do one thing as fast as some instructions allow. Thread-safe.
interface ProbeLoops extends AutoCloseable {

    /// Which instructions these loops use.
    String method();

    /// Reads these bytes, a multiple of 512.
    void read(MemorySegment memory, long offsetBytes, long byteSize);

    /// Operations on 8-bit integers in one round of [#multiplyIntegers]; 0 when there is no such loop.
    long integerOperationsPerRound();

    /// Multiplies and adds 8-bit integers in registers.
    void multiplyIntegers(long rounds);

    /// Operations in one round of [#multiplyFloats]; 0 when there is no such loop.
    long floatOperationsPerRound();

    /// Multiplies and adds fp32 numbers in registers.
    void multiplyFloats(long rounds);

    @Override
    void close();
}
