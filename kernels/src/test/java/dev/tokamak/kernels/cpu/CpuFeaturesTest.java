package dev.tokamak.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuFeaturesTest {

    /// What both this program and the Linux kernel name.
    private static final Path CPUINFO = Path.of("/proc/cpuinfo");

    @TempDir Path folder;

    @Test
    void read_whenIntel_keepsWhatMatters() throws IOException {
        CpuFeatures features =
                read(
                        "model name\t: Some CPU @ 2: fast\nflags\t\t: fpu avx2 fma avx512_vnni avx512vbmi amx_int8\n");
        assertThat(features.model()).isEqualTo("Some CPU @ 2: fast");
        assertThat(features.usable())
                .containsExactly(
                        CpuFeature.AVX2,
                        CpuFeature.FMA,
                        CpuFeature.AVX512_VBMI,
                        CpuFeature.AVX512_VNNI,
                        CpuFeature.AMX_INT8);
        assertThat(features.source()).endsWith("cpuinfo");
    }

    @Test
    void read_whenArm_keepsWhatMatters() throws IOException {
        CpuFeatures features = read("processor : 0\nFeatures\t: fp asimd asimddp sve\n");
        assertThat(features.model()).isEqualTo("some-arch");
        assertThat(features.usable())
                .containsExactly(CpuFeature.ASIMD, CpuFeature.ASIMDDP, CpuFeature.SVE);
    }

    @Test
    void read_whenAbsent_knowsNothing() {
        CpuFeatures features = CpuFeatures.read(folder.resolve("absent"), "some-arch");
        assertThat(features.usable()).isEmpty();
        assertThat(CpuFeatures.detect().model()).isNotBlank();
    }

    @Test
    void detect_whenTheSystemNamesFeaturesToo_agreesWithIt() {
        Assumptions.assumeTrue(Files.isReadable(CPUINFO), "the system has no " + CPUINFO);
        CpuFeatures asked = CpuFeatures.detect();
        Assumptions.assumeTrue(
                asked.source().equals("cpuid"), "machine code cannot run here, or not x86-64");
        CpuFeatures told = CpuFeatures.read(CPUINFO, "unknown");
        assertThat(asked.model()).isEqualToIgnoringWhitespace(told.model());
        Set<CpuFeature> present = EnumSet.noneOf(CpuFeature.class);
        present.addAll(asked.usable());
        present.addAll(asked.withheld().keySet());
        assertThat(present).containsAll(told.usable());
        assertThat(asked.vendor()).isNotBlank();
        assertThat(CpuFeatures.detect()).isSameAs(asked);
    }

    private CpuFeatures read(String text) throws IOException {
        return CpuFeatures.read(Files.writeString(folder.resolve("cpuinfo"), text), "some-arch");
    }
}
