package dev.tokamak.kernels.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tokamak.kernels.cpu.CpuFeature;
import dev.tokamak.kernels.cpu.CpuFeatures;
import dev.tokamak.kernels.probe.EmittedLoops.Instructions;
import dev.tokamak.kernels.team.WorkerTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EmittedLoopsTest {

    private static final long MEMORY_BYTES = 16L << 20;

    @ParameterizedTest
    @EnumSource(Instructions.class)
    void measure_whenTheMachineHasTheInstructions_findsAllThreeSpeeds(Instructions instructions) {
        assumeRuns(instructions);
        try (WorkerTeam team = WorkerTeam.start(2);
                ProbeLoops loops = EmittedLoops.open(instructions)) {
            MachineSpeed speed = MachineProbe.measure(team, loops, MEMORY_BYTES);

            assertThat(speed.readBytesPerSecond()).isPositive();
            assertThat(speed.integerOperationsPerSecond()).isPositive();
            assertThat(speed.floatOperationsPerSecond()).isPositive();
            assertThat(speed.method()).startsWith("machine code, ");
        }
    }

    /// Memory right before a page that may not be touched is more than this package can make; the loop must at least stop
    /// where it is told to and leave the memory as it was.
    @ParameterizedTest
    @EnumSource(Instructions.class)
    void read_whenMemoryIsShort_returnsAndWritesNothing(Instructions instructions) {
        assumeRuns(instructions);
        try (Arena arena = Arena.ofConfined();
                ProbeLoops loops = EmittedLoops.open(instructions)) {
            MemorySegment memory = arena.allocate(1024, 64).fill((byte) 7);

            loops.read(memory, 512, 512);
            loops.read(memory, 0, 1024);

            assertThat(memory.toArray(ValueLayout.JAVA_BYTE)).containsOnly(7);
        }
    }

    private static void assumeRuns(Instructions instructions) {
        Set<CpuFeature> required = instructions.tier().required();
        assumeTrue(
                CpuFeatures.detect().usable().containsAll(required),
                "this processor lacks some of " + required);
    }
}
