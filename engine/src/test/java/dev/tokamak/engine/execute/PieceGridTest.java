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
        int tokens = random.nextInt(1, 200);
        int tileTokens = 4 * random.nextInt(1, 5);
        PieceGrid grid = new PieceGrid(groups, random.nextLong(1, 1 << 20), random.nextInt(1, 65));
        grid.cut(tokens, tileTokens);
        int[][] covered = new int[groups][tokens];
        int[] piecesOfTile = new int[grid.tiles()];
        for (int piece = 0; piece < grid.pieces(); piece++) {
            piecesOfTile[grid.tile(piece)]++;
            assertThat(grid.groupCount(piece)).isPositive();
            assertThat(grid.tokenCount(piece)).isPositive();
            for (int g = 0; g < grid.groupCount(piece); g++) {
                for (int t = 0; t < grid.tokenCount(piece); t++) {
                    covered[grid.firstGroup(piece) + g][grid.firstToken(piece) + t]++;
                }
            }
        }
        for (int[] row : covered) {
            assertThat(row).containsOnly(1);
        }
        assertThat(piecesOfTile).containsOnly(grid.piecesPerTile());
    }

    @Test
    void cut_whenOneTokenAndManyWorkers_givesEachWorkerAGroup() {
        PieceGrid grid = new PieceGrid(36, 5_760, 64);
        grid.cut(1, 8);
        assertThat(grid.pieces()).isEqualTo(36);
    }

    @Test
    void cut_whenManyTokens_keepsStripsSmallEnoughForTheCache() {
        PieceGrid grid = new PieceGrid(512, 20_000, 2);
        grid.cut(512, 16);
        for (int piece = 0; piece < grid.pieces(); piece++) {
            assertThat(grid.groupCount(piece) * 20_000).isLessThanOrEqualTo(256 << 10);
        }
    }
}
