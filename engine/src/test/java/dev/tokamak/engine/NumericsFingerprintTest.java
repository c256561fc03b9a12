package dev.tokamak.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.models.LoadedModel.ModelIdentity;
import org.junit.jupiter.api.Test;

class NumericsFingerprintTest {

    private static ModelIdentity identity(Numerics numerics, String contentHash) {
        return new ModelIdentity("tiny", "llama", numerics, contentHash, 1, 1);
    }

    @Test
    void label_whenEverythingIsEqual_isTheSameOnEveryMachine() {
        NumericsFingerprint fingerprint =
                NumericsFingerprint.of(identity(Numerics.EXACT, "00".repeat(32)));
        assertThat(fingerprint.label()).isEqualTo("tokamak-1-exact-c80c8fd94b531838");
    }

    @Test
    void label_whenAnythingDiffers_differs() {
        NumericsFingerprint one = NumericsFingerprint.of(identity(Numerics.EXACT, "ab"));
        NumericsFingerprint otherModel = NumericsFingerprint.of(identity(Numerics.EXACT, "ac"));
        NumericsFingerprint otherNumerics =
                NumericsFingerprint.of(identity(Numerics.FLOAT32, "ab"));
        NumericsFingerprint otherKv =
                new NumericsFingerprint(1, Numerics.EXACT, "ab", "q8", "file");
        assertThat(one.label())
                .isNotEqualTo(otherModel.label())
                .isNotEqualTo(otherNumerics.label())
                .isNotEqualTo(otherKv.label());
        assertThat(otherNumerics.label()).startsWith("tokamak-1-float32-");
    }
}
