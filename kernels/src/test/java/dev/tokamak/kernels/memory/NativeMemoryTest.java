package dev.tokamak.kernels.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class NativeMemoryTest {

    private static List<NativeMemory> kinds() {
        List<NativeMemory> kinds = new ArrayList<>(List.of(NativeMemory.open(), new ArenaMemory()));
        if (LinuxMappings.isUsable()) {
            kinds.add(new MappedMemory());
        }
        return kinds;
    }

    @Test
    void allocate_whenSizesVary_givesZeroedAlignedDisjointMemory() {
        for (NativeMemory memory : kinds()) {
            try (memory) {
                List<MemorySegment> segments = new ArrayList<>();
                long[] sizes = {1, 63, 64, 65, 4096, 3 << 20, 40 << 20, 30 << 20, 0, 5};
                for (long size : sizes) {
                    MemorySegment segment = memory.allocate(size, 8);
                    assertThat(segment.byteSize()).isEqualTo(size);
                    assertThat(segment.address() % 64).isZero();
                    for (long i = 0; i < size; i += 4096) {
                        assertThat(segment.get(JAVA_BYTE, i)).isZero();
                    }
                    if (size > 0) {
                        segment.set(JAVA_BYTE, 0, (byte) segments.size());
                        segment.set(JAVA_BYTE, size - 1, (byte) segments.size());
                    }
                    segments.add(segment);
                }
                for (int i = 0; i < sizes.length; i++) {
                    if (sizes[i] > 0) {
                        assertThat(segments.get(i).get(JAVA_BYTE, sizes[i] - 1))
                                .isEqualTo((byte) i);
                    }
                }
            }
        }
    }

    @Test
    void close_whenCalledTwice_endsAccess() {
        for (NativeMemory memory : kinds()) {
            MemorySegment segment = memory.allocate(100, 64);
            memory.close();
            memory.close();
            assertThatIllegalStateException().isThrownBy(() -> segment.get(JAVA_LONG, 0));
        }
    }

    @Test
    void allocate_whenMoreThanAddressesExist_saysHowMuch() {
        Assumptions.assumeTrue(LinuxMappings.isUsable(), "memory is mapped on Linux only");
        try (NativeMemory memory = new MappedMemory()) {
            assertThatExceptionOfType(OutOfMemoryError.class)
                    .isThrownBy(() -> memory.allocate(1L << 60, 64))
                    .withMessageContaining("1,152,921,504,");
            assertThat(memory.allocate(10, 64).byteSize()).isEqualTo(10);
        }
    }

    @Test
    void allocate_whenAlignmentIsWrong_isRefused() {
        Assumptions.assumeTrue(LinuxMappings.isUsable(), "memory is mapped on Linux only");
        try (NativeMemory memory = new MappedMemory()) {
            assertThatIllegalArgumentException().isThrownBy(() -> memory.allocate(10, 96));
            assertThatIllegalArgumentException().isThrownBy(() -> memory.allocate(-1, 64));
            assertThat(memory.allocate(10, 2 << 20).address() % (2 << 20)).isZero();
        }
    }
}
