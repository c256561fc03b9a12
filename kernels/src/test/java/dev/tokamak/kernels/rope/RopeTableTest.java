package dev.tokamak.kernels.rope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.tokamak.kernels.rope.RopeTable.Pairing;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

final class RopeTableTest {

    private static final double[] SHORT = {1, 0.1};
    private static final double[] LONG = {0.5, 0.02};

    private final RopeTable table =
            RopeTable.of(Pairing.HALVES, 4, SHORT, 1.25, 100).turningBeyond(40, LONG);

    @Test
    void row_whenSequenceIsLong_turnsByTheOtherFrequencies() {
        assertThat(rotated(table, table.row(37, 40)))
                .isEqualTo(rotated(RopeTable.of(Pairing.HALVES, 4, SHORT, 1.25, 100), 37));
        assertThat(rotated(table, table.row(37, 41)))
                .isEqualTo(rotated(RopeTable.of(Pairing.HALVES, 4, LONG, 1.25, 100), 37));
        assertThat(rotated(table, table.row(99, 100)))
                .isEqualTo(rotated(RopeTable.of(Pairing.HALVES, 4, LONG, 1.25, 100), 99));
    }

    @Test
    void row_whenThereAreNoOtherFrequencies_isThePosition() {
        RopeTable plain = RopeTable.of(Pairing.HALVES, 4, SHORT, 1, 100);
        assertThat(plain.row(37, 100)).isEqualTo(37);
        assertThat(plain.shortTokens()).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void page_whenPositionIsOutside_isRefused() {
        for (int row : new int[] {-1, 100, table.row(100, 100), table.row(200, 100)}) {
            assertThatIllegalArgumentException().isThrownBy(() -> table.page(row));
        }
    }

    @Test
    void turningBeyond_whenFrequenciesDoNotFit_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> table.turningBeyond(40, new double[] {1}))
                .withMessageContaining("1 other frequencies");
    }

    private static float[] rotated(RopeTable table, int row) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment x = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 3, 4);
            Rope.scalar().rotate(table, row, x, 0, 1, 4);
            return x.toArray(ValueLayout.JAVA_FLOAT);
        }
    }
}
