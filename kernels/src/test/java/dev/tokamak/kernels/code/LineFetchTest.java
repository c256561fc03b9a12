package dev.tokamak.kernels.code;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class LineFetchTest {

    @Test
    void fetch_whenBytesReachBeyondTheMemory_changesNothing() {
        try (CodeMemory code = MachineCode.open();
                Arena arena = Arena.ofConfined()) {
            LineFetch lines = new LineFetch(code);
            MemorySegment memory = arena.allocate(1000, 64).fill((byte) 7);
            lines.fetch(memory, 0, 0);
            lines.fetch(memory, 1, 64);
            lines.fetch(memory, 999, Long.MAX_VALUE);
            assertThat(memory.toArray(ValueLayout.JAVA_BYTE)).containsOnly(7);
        }
    }

    @Test
    void fetch_whenStartIsOutside_isRefused() {
        try (CodeMemory code = MachineCode.open();
                Arena arena = Arena.ofConfined()) {
            LineFetch lines = new LineFetch(code);
            MemorySegment memory = arena.allocate(1000, 64);
            assertThatExceptionOfType(IndexOutOfBoundsException.class)
                    .isThrownBy(() -> lines.fetch(memory, 1000, 1));
            assertThatExceptionOfType(IndexOutOfBoundsException.class)
                    .isThrownBy(() -> lines.fetch(memory, -1, 1));
        }
    }
}
