package dev.tokamak.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuFeaturesTest {

    @TempDir Path folder;

    @Test
    void read_whenIntel_keepsWhatMatters() throws IOException {
        CpuFeatures features =
                read("model name\t: Some CPU @ 2: fast\nflags\t\t: fpu avx2 fma avx512_vnni\n");
        assertThat(features.model()).isEqualTo("Some CPU @ 2: fast");
        assertThat(features.flags()).containsExactly("avx2", "fma", "avx512_vnni");
    }

    @Test
    void read_whenArm_keepsWhatMatters() throws IOException {
        CpuFeatures features = read("processor : 0\nFeatures\t: fp asimd asimddp sve\n");
        assertThat(features.model()).isEqualTo("some-arch");
        assertThat(features.flags()).containsExactly("asimd", "asimddp", "sve");
    }

    @Test
    void read_whenAbsent_knowsNothing() {
        CpuFeatures features = CpuFeatures.read(folder.resolve("absent"), "some-arch");
        assertThat(features.flags()).isEmpty();
        assertThat(CpuFeatures.detect().model()).isNotBlank();
    }

    private CpuFeatures read(String text) throws IOException {
        return CpuFeatures.read(Files.writeString(folder.resolve("cpuinfo"), text), "some-arch");
    }
}
