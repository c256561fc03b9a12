package dev.tokamak.kernels.rope;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.tokamak.kernels.Parity;
import dev.tokamak.kernels.rope.RopeTable.Pairing;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class VectorRopeTest {

    @ParameterizedTest
    @EnumSource
    void rotate_whenAnyShape_equalsTheReference(Pairing pairing) {
        Random random = Parity.random("rope");
        try (Arena arena = Arena.ofConfined()) {
            for (int rotated = 2; rotated <= 140; rotated += 2) {
                RopeTable table = table(pairing, rotated, 1.25);
                int headDim = rotated + random.nextInt(3) * 5;
                int heads = 1 + random.nextInt(4);
                MemorySegment x = Parity.extremes(arena, random, heads * headDim + 1, true);
                MemorySegment expected = Parity.copy(arena, x);
                MemorySegment actual = Parity.copy(arena, x);
                int position = random.nextInt(table.maxPositions());
                Rope.scalar().rotate(table, position, expected, 4, heads, headDim);
                Rope.vector().rotate(table, position, actual, 4, heads, headDim);
                Parity.assertSameBits(
                        actual,
                        expected,
                        "%s %d of %d at %d".formatted(pairing, rotated, headDim, position));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void rotate_whenComparedWithDoubles_agreesAndLeavesTheRestAlone(Pairing pairing) {
        Random random = Parity.random("rope in double");
        int rotated = 12;
        int headDim = 17;
        RopeTable table = table(pairing, rotated, 1.0);
        try (Arena arena = Arena.ofConfined()) {
            for (int position : new int[] {0, 1, 127, 128, 999}) {
                MemorySegment x = Parity.floats(arena, random, 2 * headDim);
                MemorySegment output = Parity.copy(arena, x);
                Rope.scalar().rotate(table, position, output, 0, 2, headDim);
                for (int head = 0; head < 2; head++) {
                    for (int i = 0; i < rotated / 2; i++) {
                        boolean halves = pairing == Pairing.HALVES;
                        int first = head * headDim + (halves ? i : 2 * i);
                        int second = head * headDim + (halves ? i + rotated / 2 : 2 * i + 1);
                        double angle = position * Math.pow(10_000, -2.0 * i / rotated);
                        double x0 = x.getAtIndex(JAVA_FLOAT, first);
                        double x1 = x.getAtIndex(JAVA_FLOAT, second);
                        double size = 1e-6 * (Math.abs(x0) + Math.abs(x1));
                        assertThat((double) output.getAtIndex(JAVA_FLOAT, first))
                                .isCloseTo(
                                        x0 * Math.cos(angle) - x1 * Math.sin(angle), within(size));
                        assertThat((double) output.getAtIndex(JAVA_FLOAT, second))
                                .isCloseTo(
                                        x1 * Math.cos(angle) + x0 * Math.sin(angle), within(size));
                    }
                    for (int i = rotated; i < headDim; i++) {
                        assertThat(output.getAtIndex(JAVA_FLOAT, head * headDim + i))
                                .isEqualTo(x.getAtIndex(JAVA_FLOAT, head * headDim + i));
                    }
                }
            }
        }
    }

    @Test
    void of_whenSizesAreWrong_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RopeTable.of(Pairing.HALVES, 3, new double[1], 1, 10))
                .withMessageContaining("not 3");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RopeTable.of(Pairing.HALVES, 4, new double[1], 1, 10))
                .withMessageContaining("2 are needed");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RopeTable.of(Pairing.HALVES, 4, new double[2], 1, 0))
                .withMessageContaining("not 0");
    }

    @Test
    void rotate_whenPositionOrHeadIsOutOfRange_isRefused() {
        RopeTable table = table(Pairing.HALVES, 8, 1);
        MemorySegment x = MemorySegment.ofArray(new float[16]);
        for (Rope rope : new Rope[] {Rope.scalar(), Rope.vector()}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> rope.rotate(table, 1000, x, 0, 1, 8))
                    .withMessageContaining("position 1000 is not in [0, 1000)");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> rope.rotate(table, -1, x, 0, 1, 8));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> rope.rotate(table, 0, x, 0, 1, 6))
                    .withMessageContaining("a head has 6");
        }
    }

    private static RopeTable table(Pairing pairing, int rotated, double magnitudeScale) {
        double[] inverse = new double[rotated / 2];
        for (int i = 0; i < inverse.length; i++) {
            inverse[i] = Math.pow(10_000, -2.0 * i / rotated);
        }
        return RopeTable.of(pairing, rotated, inverse, magnitudeScale, 1000);
    }
}
