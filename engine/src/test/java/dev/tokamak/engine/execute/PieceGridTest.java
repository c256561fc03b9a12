package dev.tokamak.engine.execute;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class PieceGridTest {

    @RepeatedTest(200)
    void cut_whenShapeIsRandom_coversEveryGroupAndTokenOnce(RepetitionInfo repetition) {
        SplittableRandom random = new SplittableRandom(repetition.getCurrentRepetition());
        int groups = random.nextInt(1, 400);
        PieceGrid grid =
                new PieceGrid(
                        groups,
                        random.nextLong(1, 1 << 20),
                        random.nextInt(1, 20_000),
                        random.nextInt(1, 65));
        for (int cut = 0; cut < 3; cut++) {
            int tokens = random.nextInt(1, 600);
            grid.cut(tokens);
            int[][] covered = new int[groups][tokens];
            for (int piece = 0; piece < grid.pieces(); piece++) {
                assertThat(grid.groupCount(piece)).isPositive();
                assertThat(grid.tokenCount(piece)).isPositive();
                assertThat(grid.firstToken(piece) % 4).isZero();
                for (int g = 0; g < grid.groupCount(piece); g++) {
                    for (int t = 0; t < grid.tokenCount(piece); t++) {
                        covered[grid.firstGroup(piece) + g][grid.firstToken(piece) + t]++;
                    }
                }
            }
            for (int[] row : covered) {
                assertThat(row).containsOnly(1);
            }
        }
    }

    @Test
    void cut_whenOneTokenAndManyWorkers_givesEachWorkerAGroup() {
        PieceGrid grid = new PieceGrid(36, 5_760, 576, 64);
        grid.cut(1);
        assertThat(grid.pieces()).isEqualTo(36);
    }

    @Test
    void cut_whenOneTokenAndTwoWorkers_narrowsTowardsTheEndInWholeTiles() {
        PieceGrid grid = new PieceGrid(96, 5_760, 576, 2);
        grid.cut(1);
        assertThat(grid.pieces()).isEqualTo(4);
        for (int piece = 0; piece < grid.pieces(); piece++) {
            assertThat(grid.groupCount(piece) % 6).isZero();
            if (piece > 0) {
                assertThat(grid.groupCount(piece)).isLessThanOrEqualTo(grid.groupCount(piece - 1));
            }
        }
        assertThat(grid.groupCount(0)).isEqualTo(42);
        assertThat(grid.groupCount(grid.pieces() - 1)).isEqualTo(6);
    }

    @Test
    void cut_whenManyTokens_keepsStripsAndTilesSmallEnoughForTheCache() {
        PieceGrid grid = new PieceGrid(512, 20_000, 8_192, 2);
        grid.cut(500);
        for (int piece = 0; piece < grid.pieces(); piece++) {
            assertThat(grid.groupCount(piece) * 20_000).isLessThanOrEqualTo(256 << 10);
            assertThat(grid.tokenCount(piece)).isLessThanOrEqualTo(32);
        }
    }

    @Test
    void cut_whenTokensFitIntoOneTile_readsWeightsOnce() {
        PieceGrid grid = new PieceGrid(60, 5_760, 576, 2);
        grid.cut(16);
        for (int piece = 0; piece < grid.pieces(); piece++) {
            assertThat(grid.tokenCount(piece)).isEqualTo(16);
        }
    }
}
