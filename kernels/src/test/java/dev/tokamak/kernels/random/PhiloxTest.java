package dev.tokamak.kernels.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class PhiloxTest {

    /* Known answers published with Random123 1.09. */

    @Test
    void word_whenCounterAndKeyAreZero_isTheKnownAnswer() {
        assertThat(block(0, 0, 0, 0, 0, 0))
                .containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    }

    @Test
    void word_whenAllBitsAreSet_isTheKnownAnswer() {
        assertThat(block(-1, -1, -1, -1, -1, -1))
                .containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
    }

    @Test
    void word_whenCounterIsPi_isTheKnownAnswer() {
        assertThat(block(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0))
                .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
    }

    @Test
    void word_whenIndexIsNoWord_isRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> Philox.word(4, 0, 0, 0, 0, 0, 0));
    }

    @Test
    void uniform_whenAnyInputChanges_givesAnotherNumberInRange() {
        assertThat(Philox.uniform(0, 0, 0)).isEqualTo((0x6627e8d5 >>> 8) * 0x1p-24f);
        assertThat(Philox.uniform(1, 0, 0)).isNotEqualTo(Philox.uniform(1L << 32, 0, 0));
        assertThat(Philox.uniform(0, 1, 0)).isNotEqualTo(Philox.uniform(0, 0, 1));
        double sum = 0;
        for (int i = 0; i < 10_000; i++) {
            float x = Philox.uniform(42, 0, i);
            assertThat(x).isBetween(0f, Math.nextDown(1f));
            sum += x;
        }
        assertThat(sum / 10_000).isBetween(0.48, 0.52);
    }

    private static int[] block(int c0, int c1, int c2, int c3, int k0, int k1) {
        int[] words = new int[4];
        for (int i = 0; i < words.length; i++) {
            words[i] = Philox.word(i, c0, c1, c2, c3, k0, k1);
        }
        return words;
    }
}
