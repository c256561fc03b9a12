package dev.tokamak.engine.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.kernels.attention.KvType;
import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.models.TinyGguf;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NumericsFingerprintTest {

    @TempDir private Path folder;

    private static NumericsFingerprint fingerprint(
            Numerics numerics, String contentHash, KvType kvType) {
        return new NumericsFingerprint(1, numerics, "none", contentHash, kvType, "file");
    }

    @Test
    void text_whenEverythingIsEqual_isTheSameOnEveryMachine() {
        assertThat(fingerprint(Numerics.EXACT, "00".repeat(32), KvType.F16).text())
                .isEqualTo("tokamak-1-exact-c80c8fd94b531838");
    }

    @Test
    void text_whenAnythingDiffers_differs() {
        NumericsFingerprint one = fingerprint(Numerics.EXACT, "ab", KvType.F16);
        NumericsFingerprint otherNumerics = fingerprint(Numerics.FLOAT32, "ab", KvType.F16);
        assertThat(one.text())
                .isNotEqualTo(fingerprint(Numerics.EXACT, "ac", KvType.F16).text())
                .isNotEqualTo(fingerprint(Numerics.EXACT, "ab", KvType.F32).text())
                .isNotEqualTo(otherNumerics.text())
                .isNotEqualTo(
                        new NumericsFingerprint(1, Numerics.EXACT, "Q8_0", "ab", KvType.F16, "file")
                                .text());
        assertThat(otherNumerics.text()).startsWith("tokamak-1-float32-");
    }

    @Test
    void of_whenModelIsLoaded_namesItsNumericsAndKvType() {
        Path file = new TinyGguf().type(TensorType.Q4_1).write(folder);
        RunningModel.Setting setting = RunningModel.Setting.exact();
        try (RunningModel exact = new RunningModel(file, setting);
                RunningModel float32 = new RunningModel(file, setting.numerics(Numerics.FLOAT32))) {
            NumericsFingerprint fingerprint = NumericsFingerprint.of(exact.model());
            assertThat(fingerprint.numerics()).isEqualTo(Numerics.EXACT);
            assertThat(fingerprint.kvType()).isEqualTo(KvType.F16);
            assertThat(fingerprint.contentHash()).hasSize(64);
            assertThat(NumericsFingerprint.of(float32.model()).kvType()).isEqualTo(KvType.F32);
        }
    }
}
