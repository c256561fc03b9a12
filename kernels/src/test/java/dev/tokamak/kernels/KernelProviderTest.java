package dev.tokamak.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.tokamak.kernels.KernelProvider.Picker;
import dev.tokamak.kernels.KernelProvider.Selection;
import dev.tokamak.kernels.cpu.CpuFeatures;
import dev.tokamak.kernels.cpu.Tier;
import dev.tokamak.kernels.cpu.VectorSupport;
import java.util.List;
import org.junit.jupiter.api.Test;

class KernelProviderTest {

    private static final CpuFeatures CPU = new CpuFeatures("Some CPU", List.of("avx2"));

    @Test
    void select_whenVectorsAreWide_picksThemForEveryOperation() {
        Selection selection = KernelProvider.select(CPU, 256, Tier.VECTOR_API);
        assertThat(selection.choices())
                .extracting(KernelProvider.Choice::operation)
                .containsExactly("linear", "attention", "norm", "rope", "activation", "softmax");
        assertThat(selection.choices())
                .allSatisfy(
                        choice -> {
                            assertThat(choice.reason()).contains("self-check passed");
                            assertThat(choice.tier()).isEqualTo(Tier.VECTOR_API);
                        });
        assertThat(selection.summary()).contains("Some CPU", "vector-api", "attention, norm");
    }

    @Test
    void select_whenCapped_picksTheReferenceAndSaysWhy() {
        Selection selection = KernelProvider.select(CPU, 512, Tier.SCALAR);
        assertThat(selection.choices())
                .allSatisfy(
                        choice -> {
                            assertThat(choice.tier()).isEqualTo(Tier.SCALAR);
                            assertThat(choice.reason()).contains("TOKAMAK_ISA");
                        });
    }

    @Test
    void select_whenVectorsAreAbsentOrNarrow_picksTheReferenceAndSaysWhy() {
        assertThat(KernelProvider.select(CPU, 0, Tier.VECTOR_API).summary())
                .contains("--add-modules");
        assertThat(KernelProvider.select(CPU, 64, Tier.VECTOR_API).summary())
                .contains("only 64 bits");
    }

    @Test
    void pick_whenTheSelfCheckFails_dropsToTheReferenceAndSaysSo() {
        Picker picker = new Picker("", 256);
        assertThat(picker.<String>pick("norm", "reference", () -> "twin", String::equals))
                .isEqualTo("reference");
        assertThat(
                        picker.<String>pick(
                                "rope",
                                "reference",
                                () -> {
                                    throw new UnsupportedOperationException("no such lanes");
                                },
                                String::equals))
                .isEqualTo("reference");
        assertThat(picker.choices)
                .extracting(KernelProvider.Choice::reason)
                .satisfiesExactly(
                        reason -> assertThat(reason).contains("differed"),
                        reason -> assertThat(reason).contains("no such lanes"));
    }

    @Test
    void cap_whenUnset_isTheFastestTier() {
        assertThat(KernelProvider.cap(null)).isEqualTo(Tier.VECTOR_API);
        assertThat(KernelProvider.cap(" ")).isEqualTo(Tier.VECTOR_API);
        assertThat(KernelProvider.cap("scalar")).isEqualTo(Tier.SCALAR);
    }

    @Test
    void cap_whenUnknown_namesTheKnownTiers() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KernelProvider.cap("avx9"))
                .withMessage("TOKAMAK_ISA: unknown tier 'avx9'; known are vector-api, scalar");
    }

    @Test
    void select_onThisMachine_givesKernels() {
        assertThat(KernelProvider.select().choices()).hasSize(6);
        assertThat(VectorSupport.preferredBits()).isPositive();
        assertThat(KernelProvider.of(Tier.SCALAR).norm()).isNotNull();
    }
}
