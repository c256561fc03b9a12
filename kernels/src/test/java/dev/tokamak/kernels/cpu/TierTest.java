package dev.tokamak.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class TierTest {

    @Test
    void ofLabel_whenKnown_givesTheTier() {
        for (Tier tier : Tier.values()) {
            assertThat(Tier.ofLabel(tier.label())).isEqualTo(tier);
        }
    }

    @Test
    void ofLabel_whenUnknown_namesAll() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Tier.ofLabel("avx9"))
                .withMessage(
                        "unknown tier 'avx9'; known are amx-int8, avx512-vnni, avx-vnni, avx2, vector-api, scalar");
    }

    @Test
    void isAllowedBy_whenCapIsSlower_isFalse() {
        assertThat(Tier.AVX512_VNNI.isAllowedBy(Tier.AVX2)).isFalse();
        assertThat(Tier.AVX2.isAllowedBy(Tier.AVX2)).isTrue();
        assertThat(Tier.SCALAR.isAllowedBy(Tier.AMX_INT8)).isTrue();
    }

    @Test
    void required_whenFaster_includesAvx2() {
        for (Tier tier : Tier.values()) {
            assertThat(tier.isEmitted()).isEqualTo(tier.compareTo(Tier.AVX2) <= 0);
            if (tier.isEmitted()) {
                assertThat(tier.required()).containsAll(Tier.AVX2.required());
            }
        }
        assertThat(Tier.AMX_INT8.required()).containsAll(Tier.AVX512_VNNI.required());
    }
}
