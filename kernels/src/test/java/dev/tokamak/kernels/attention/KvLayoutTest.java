package dev.tokamak.kernels.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class KvLayoutTest {

    @Test
    void offsets_whenLayersDiffer_followOneAnother() {
        KvLayout layout =
                new KvLayout(
                        List.of(new KvLayer(2, 4, 6), KvLayer.NONE, new KvLayer(1, 8, 3)),
                        KvType.F16);
        assertThat(layout.headBytes(0)).isEqualTo(32 * 10 * 2);
        assertThat(layout.headBytes(2)).isEqualTo(32 * 11 * 2);
        assertThat(layout.headOffsetBytes(0, 1)).isEqualTo(640);
        assertThat(layout.headOffsetBytes(2, 0)).isEqualTo(1280);
        assertThat(layout.pageBytes()).isEqualTo(1280 + 704);
        assertThat(layout.widestKey()).isEqualTo(8);
        assertThat(layout.widestValue()).isEqualTo(6);
    }

    @Test
    void layout_whenLayersAreAlike_repeatsThem() {
        KvLayout layout = new KvLayout(3, new KvLayer(2, 4, 4), KvType.F32);
        assertThat(layout.pageBytes()).isEqualTo(3L * 2 * 32 * 8 * 4);
        assertThat(layout.headOffsetBytes(2, 1)).isEqualTo(5L * 32 * 8 * 4);
        assertThat(layout).hasToString("3 layers of KvLayer[kvHeads=2, keyDim=4, valueDim=4], F32");
    }

    @Test
    void layer_whenHeadsKeepNothing_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new KvLayer(1, 0, 4))
                .withMessageContaining("1, 0, 4");
    }
}
