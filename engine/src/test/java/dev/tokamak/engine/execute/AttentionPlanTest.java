package dev.tokamak.engine.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.engine.cache.PageGroup;
import dev.tokamak.kernels.attention.KvLayer;
import dev.tokamak.kernels.attention.KvType;
import dev.tokamak.kernels.attention.Visibility;
import java.lang.foreign.Arena;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class AttentionPlanTest {

    private static final int TOKENS = 96;
    private static final int NO_WINDOW = Integer.MAX_VALUE;

    private final Arena arena = Arena.ofAuto();
    private final BatchPlan batchPlan =
            new BatchPlan(
                    TOKENS,
                    new KvPool(
                            new KvGroups(
                                    List.of(new KvLayer(3, 4, 4)),
                                    new int[] {NO_WINDOW},
                                    KvType.F16),
                            List.of(PageGroup.whole(1)),
                            arena));
    private final Batch batch = new Batch(TOKENS, TOKENS);

    private AttentionPlan plan(RowSet rowSet, int window, int heads, int workers) {
        return new AttentionPlan(
                batchPlan, rowSet, Visibility.window(window), heads, workers, TOKENS);
    }

    private void addRun(int firstPosition, int tokens, boolean allWanted) {
        batch.addRun(firstPosition, new int[0]);
        for (int i = 0; i < tokens; i++) {
            batch.addToken(0, allWanted || i == tokens - 1);
        }
    }

    @RepeatedTest(100)
    void prepare_whenBatchIsRandom_coversWhatEachTokenSeesOnce(RepetitionInfo repetition) {
        SplittableRandom random = new SplittableRandom(repetition.getCurrentRepetition());
        while (batch.tokenCount() < 60) {
            addRun(
                    random.nextInt(random.nextBoolean() ? 5_000 : 40),
                    random.nextInt(1, random.nextBoolean() ? 2 : 34),
                    random.nextBoolean());
        }
        batchPlan.prepare(batch);
        RowSet rowSet = random.nextBoolean() ? RowSet.TOKENS : RowSet.LOGIT_ROWS;
        int heads = random.nextInt(1, 9);
        int workers = random.nextInt(1, 65);
        AttentionPlan plan = plan(rowSet, random.nextBoolean() ? NO_WINDOW : 700, heads, workers);
        plan.prepare();
        Set<String> seen = new HashSet<>();
        boolean[] covered = new boolean[batch.tokenCount()];
        for (int piece = 0; piece < plan.pieces(); piece++) {
            int chunk = plan.chunk(piece);
            int head = plan.head(piece, chunk);
            assertThat(head).isBetween(0, heads - 1);
            int segment = -1;
            if (plan.slot(chunk) >= 0) {
                segment = plan.segment(piece, chunk);
                assertThat(plan.slot(chunk)).isLessThan(AttentionPlan.slots(heads, workers));
            }
            assertThat(seen.add(chunk + " " + head + " " + segment)).isTrue();
            int first = plan.chunkFirst(chunk);
            for (int token = first; token < first + plan.chunkTokens(chunk); token++) {
                assertThat(batchPlan.isSameRun(first, token)).isTrue();
                covered[token] = true;
            }
        }
        int expected = 0;
        for (int chunk = 0; chunk < plan.chunks(); chunk++) {
            expected += heads * plan.segments(chunk);
        }
        assertThat(seen).hasSize(expected);
        for (int token = 0; token < batch.tokenCount(); token++) {
            assertThat(covered[token])
                    .isEqualTo(rowSet == RowSet.TOKENS || batch.wantsLogits(token));
        }
    }

    @Test
    void prepare_whenOneTokenSeesManyKeys_cutsThemIntoSegments() {
        addRun(4_095, 1, true);
        batchPlan.prepare(batch);
        AttentionPlan plan = plan(RowSet.TOKENS, NO_WINDOW, 3, 2);
        plan.prepare();
        assertThat(plan.pieces()).isEqualTo(3 * 8);
        AttentionPlan windowed = plan(RowSet.TOKENS, 600, 3, 2);
        windowed.prepare();
        assertThat(windowed.pieces()).isEqualTo(3 * 2);
        assertThat(windowed.segment(0, 0)).isEqualTo(6);
        AttentionPlan alone = plan(RowSet.TOKENS, NO_WINDOW, 3, 1);
        alone.prepare();
        assertThat(alone.pieces()).isEqualTo(3);
    }

    @Test
    void prepare_whenManySequencesAreAlike_cutsNone() {
        for (int i = 0; i < 16; i++) {
            addRun(2_000 + i, 1, true);
        }
        batchPlan.prepare(batch);
        AttentionPlan plan = plan(RowSet.TOKENS, NO_WINDOW, 3, 2);
        plan.prepare();
        assertThat(plan.pieces()).isEqualTo(3 * 16);
    }

    @Test
    void prepare_whenNoTokenAsksForLogits_hasNoPieces() {
        batch.addRun(0, new int[0]);
        batch.addToken(0, false);
        batchPlan.prepare(batch);
        AttentionPlan plan = plan(RowSet.LOGIT_ROWS, NO_WINDOW, 3, 2);
        plan.prepare();
        assertThat(plan.pieces()).isZero();
    }
}
