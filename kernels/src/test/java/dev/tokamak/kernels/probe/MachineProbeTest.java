package dev.tokamak.kernels.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.kernels.cpu.Tier;
import dev.tokamak.kernels.team.WorkerTeam;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class MachineProbeTest {

    private static final long MEMORY_BYTES = 16L << 20;

    @Test
    void measure_whenScalar_saysThatNothingIsKnown() {
        try (WorkerTeam team = WorkerTeam.start(1)) {
            assertThat(MachineProbe.measure(team, Tier.SCALAR)).isEqualTo(MachineSpeed.UNKNOWN);
        }
    }

    @Test
    void measure_whenVectors_findsAllThreeSpeeds() {
        try (WorkerTeam team = WorkerTeam.start(2);
                ProbeLoops loops = new VectorLoops()) {
            MachineSpeed speed = MachineProbe.measure(team, loops, MEMORY_BYTES);

            assertThat(speed.readBytesPerSecond()).isPositive();
            assertThat(speed.integerOperationsPerSecond()).isPositive();
            assertThat(speed.floatOperationsPerSecond()).isPositive();
            assertThat(speed.method()).contains("vector-api");
        }
    }

    @Test
    void measure_whenLoopsLackAnOperation_leavesItUnknownAndReadsTheMemorySeveralTimes() {
        CountingLoops loops = new CountingLoops();
        try (WorkerTeam team = WorkerTeam.start(2)) {
            MachineSpeed speed = MachineProbe.measure(team, loops, MEMORY_BYTES);

            assertThat(speed.readBytesPerSecond()).isPositive();
            assertThat(speed.integerOperationsPerSecond()).isZero();
            assertThat(speed.floatOperationsPerSecond()).isZero();
            assertThat(loops.readBytes.get()).isGreaterThanOrEqualTo(2 * MEMORY_BYTES);
        }
    }

    @Test
    void memoryBytes_whenMemoryIsShort_takesAQuarterInWholePieces() {
        assertThat(MachineProbe.memoryBytes(1L << 40)).isEqualTo(512L << 20);
        assertThat(MachineProbe.memoryBytes((400L << 20) + 5)).isEqualTo(100L << 20);
        assertThat(MachineProbe.memoryBytes(0)).isEqualTo(16L << 20);
    }

    /// Loops that count what they are asked to read.
    private static final class CountingLoops implements ProbeLoops {
        final AtomicLong readBytes = new AtomicLong();

        @Override
        public String method() {
            return "counting";
        }

        @Override
        public void read(MemorySegment memory, long offsetBytes, long byteSize) {
            readBytes.addAndGet(byteSize);
        }

        @Override
        public long integerOperationsPerRound() {
            return 0;
        }

        @Override
        public void multiplyIntegers(long rounds) {
            throw new AssertionError("there is no such loop");
        }

        @Override
        public long floatOperationsPerRound() {
            return 0;
        }

        @Override
        public void multiplyFloats(long rounds) {
            throw new AssertionError("there is no such loop");
        }

        @Override
        public void close() {}
    }
}
