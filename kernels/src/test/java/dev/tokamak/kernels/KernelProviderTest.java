package dev.tokamak.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.tokamak.kernels.KernelProvider.Choice;
import dev.tokamak.kernels.KernelProvider.Selection;
import dev.tokamak.kernels.code.CodeMemory;
import dev.tokamak.kernels.cpu.CpuFeature;
import dev.tokamak.kernels.cpu.CpuFeatures;
import dev.tokamak.kernels.cpu.Tier;
import dev.tokamak.kernels.cpu.VectorSupport;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KernelProviderTest {

    /// A processor without features, so that no emitted code is tried.
    private static Machine machine(int vectorBits) {
        return new Machine(
                cpu(EnumSet.noneOf(CpuFeature.class)), () -> vectorBits, CodeMemory::open);
    }

    static CpuFeatures cpu(Set<CpuFeature> usable) {
        return new CpuFeatures("Some CPU", "Somebody", usable, Map.of(), List.of(), "a test");
    }

    @Test
    void select_whenVectorsAreWide_picksThemForEveryOperation() {
        Selection selection = KernelProvider.select(machine(256), Tier.AMX_INT8);
        assertThat(selection.choices())
                .extracting(Choice::operation)
                .containsExactly("linear", "attention", "norm", "rope", "activation", "softmax");
        assertThat(selection.choices())
                .allSatisfy(
                        choice -> {
                            assertThat(choice.reason()).startsWith("self-check passed");
                            assertThat(choice.tier()).isEqualTo(Tier.VECTOR_API);
                        });
        assertThat(selection.summary()).contains("Some CPU", "vector-api", "norm");
        assertThat(selection.kernels().emittedBytes()).isZero();
        selection.kernels().close();
    }

    @Test
    void select_whenCapped_picksTheReferenceAndSaysWhy() {
        Selection selection = KernelProvider.select(machine(512), Tier.SCALAR);
        assertThat(selection.choices())
                .allSatisfy(
                        choice -> {
                            assertThat(choice.tier()).isEqualTo(Tier.SCALAR);
                            assertThat(choice.reason())
                                    .contains("vector-api: capped by TOKAMAK_ISA");
                        });
    }

    @Test
    void select_whenVectorsAreAbsentOrNarrow_picksTheReferenceAndSaysWhy() {
        assertThat(KernelProvider.select(machine(0), Tier.AMX_INT8).summary())
                .contains("--add-modules");
        assertThat(KernelProvider.select(machine(64), Tier.AMX_INT8).summary())
                .contains("only 64 bits");
    }

    @Test
    void cap_whenUnset_isTheFastestTier() {
        assertThat(KernelProvider.cap(null)).isEqualTo(Tier.AMX_INT8);
        assertThat(KernelProvider.cap(" ")).isEqualTo(Tier.AMX_INT8);
    }

    @Test
    void cap_whenSet_isThatTier() {
        for (Tier tier : Tier.values()) {
            assertThat(KernelProvider.cap(" " + tier.label() + "\n")).isEqualTo(tier);
        }
    }

    @Test
    void cap_whenUnknown_namesTheKnownTiers() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KernelProvider.cap("avx9"))
                .withMessage(
                        "TOKAMAK_ISA: unknown tier 'avx9'; known are amx-int8, avx512-vnni, avx-vnni, avx2, vector-api, scalar");
    }

    @Test
    void of_whenTheMachineLacksTheTier_saysWhy() {
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> KernelProvider.of(Tier.AMX_INT8, machine(256)))
                .withMessageContaining("amx-int8 cannot run here: no avx2 on this processor");
    }

    @Test
    void available_onThisMachine_canAllBeMade() {
        List<Tier> available = KernelProvider.available();
        assertThat(available).endsWith(Tier.SCALAR).isSorted();
        for (Tier tier : available) {
            try (Kernels kernels = KernelProvider.of(tier)) {
                assertThat(kernels.norm()).isNotNull();
            }
        }
    }

    @Test
    void select_onThisMachine_givesKernels() {
        Selection selection = KernelProvider.select();
        assertThat(selection.choices()).hasSize(6);
        assertThat(VectorSupport.preferredBits()).isPositive();
        selection.kernels().close();
        selection.kernels().close();
    }
}
