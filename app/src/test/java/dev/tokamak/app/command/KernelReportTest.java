package dev.tokamak.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.kernels.KernelProvider.Choice;
import dev.tokamak.kernels.KernelProvider.PassedOver;
import dev.tokamak.kernels.cpu.Cache;
import dev.tokamak.kernels.cpu.CoreCount;
import dev.tokamak.kernels.cpu.CpuFeature;
import dev.tokamak.kernels.cpu.CpuFeatures;
import dev.tokamak.kernels.cpu.Tier;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KernelReportTest {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final KernelReport report =
            new KernelReport(new PrintStream(bytes, true, StandardCharsets.UTF_8));

    @Test
    void processor_whenFeaturesAreWithheld_saysWhy() {
        report.processor(
                new CpuFeatures(
                        "Some CPU",
                        "Somebody",
                        Set.of(CpuFeature.AVX2),
                        Map.of(
                                CpuFeature.AMX_TILE,
                                "the system refused permission",
                                CpuFeature.AMX_INT8,
                                "the system refused permission"),
                        List.of(
                                new Cache(1, Cache.Kind.DATA, 48 << 10, 1),
                                new Cache(3, Cache.Kind.BOTH, 32 << 20, 8)),
                        "cpuid"));
        assertThat(text())
                .containsExactly(
                        "processor       Some CPU, Somebody (from cpuid)",
                        "features        avx2",
                        "withheld        amx-tile amx-int8: the system refused permission",
                        "tiles (AMX)     the system refused permission",
                        "caches          L1 data 48 KiB, L3 32 MiB shared by 8");
    }

    @Test
    void processor_whenLittleIsKnown_saysSo() {
        report.processor(
                new CpuFeatures("aarch64", "", Set.of(), Map.of(), List.of(), "/proc/cpuinfo"));
        assertThat(text())
                .containsExactly(
                        "processor       aarch64 (from /proc/cpuinfo)",
                        "features        none that kernels use",
                        "tiles (AMX)     not on this processor",
                        "caches          not known");
    }

    @Test
    void cores_whenAQuotaLimits_showsEachLimitAndTheWorkers() {
        report.cores(
                new CoreCount(4, OptionalInt.of(4), OptionalInt.of(2), OptionalDouble.of(1.5)));
        report.cores(
                new CoreCount(8, OptionalInt.empty(), OptionalInt.empty(), OptionalDouble.empty()));
        assertThat(text())
                .containsExactly(
                        "processors      4 by the JVM's count",
                        "affinity        4 processors allowed",
                        "physical cores  2 cores allowed",
                        "container       1.50 processors on average",
                        "workers         2 unless --threads says otherwise",
                        "processors      8 by the JVM's count",
                        "affinity        not known",
                        "physical cores  not known",
                        "container       no quota",
                        "workers         8 unless --threads says otherwise");
    }

    @Test
    void choices_whenATierIsPassedOver_saysWhy() {
        report.choices(
                List.of(
                        new Choice(
                                "linear",
                                Tier.AVX2,
                                List.of(
                                        new PassedOver(
                                                Tier.AVX512_VNNI, "capped by TOKAMAK_ISA")))),
                1234,
                Optional.of("avx2"));
        assertThat(text())
                .containsExactly(
                        "machine code    1,234 bytes written for the self-check",
                        "TOKAMAK_ISA     avx2; one of amx-int8, avx512-vnni, avx-vnni, avx2, vector-api, scalar caps the tier",
                        "",
                        "OPERATION       TIER         WHY",
                        "linear          avx2         self-check passed; avx512-vnni: capped by TOKAMAK_ISA");
    }

    private List<String> text() {
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }
}
