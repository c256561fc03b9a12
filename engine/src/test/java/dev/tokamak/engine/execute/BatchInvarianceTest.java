package dev.tokamak.engine.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.kernels.cpu.Tier;
import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.models.TinyGguf;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// In exact mode the logits of a sequence have the same bits whatever else happens: neighbours, chunks, workers, tiers,
/// pages. The reference of each test is one run of the whole prompt alone.
class BatchInvarianceTest {

    private static final long SEED = 20_260_101;
    private static final int PROMPT = 150;
    private static final int WHOLE = 192;

    /// Ends inside the third page. The scalar tier is slow.
    private static final int THREE_PAGES = 69;

    private static final RunningModel.Setting SETTING =
            RunningModel.Setting.exact().options(new CpuBackendOptions(64, WHOLE, WHOLE));

    @TempDir private Path folder;

    private Path file(TensorType type) {
        boolean wideBlocks = type.blockElements() > 32;
        return new TinyGguf()
                .seed(SEED)
                .type(type)
                .headType(TensorType.Q8_0)
                .hidden(wideBlocks ? 256 : 96, wideBlocks ? 1280 : 1056)
                .heads(4, 2, wideBlocks ? 64 : 48)
                .contextTokens(2048)
                .write(folder);
    }

    private static int[] prompt(RunningModel model, long seed, int tokens) {
        int vocabulary = model.decoder().shape().vocabulary();
        SplittableRandom random = new SplittableRandom(seed);
        return IntStream.range(0, tokens).map(i -> random.nextInt(vocabulary)).toArray();
    }

    private static float[][] alone(Path file) {
        try (RunningModel model = new RunningModel(file, SETTING)) {
            return model.logits(prompt(model, SEED, PROMPT));
        }
    }

    private static void requireSameBits(float[][] actual, float[][] expected, String what) {
        for (int position = 0; position < expected.length; position++) {
            assertThat(actual[position])
                    .as("%s, position %d, seed %d", what, position, SEED)
                    .isEqualTo(expected[position]);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"Q4_0", "Q4_1", "Q5_0", "Q8_0", "Q4_K", "Q6_K", "F16"})
    void execute_whenChunksDiffer_givesSameBits(TensorType type) {
        Path file = file(type);
        float[][] expected = alone(file);
        try (RunningModel model = new RunningModel(file, SETTING)) {
            int[] prompt = prompt(model, SEED, PROMPT);
            for (int chunk : new int[] {1, 7, 16, 64}) {
                float[][] actual = model.logits(prompt, chunk, RunningModel.pages(0, PROMPT));
                requireSameBits(actual, expected, type + " in chunks of " + chunk);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"Q4_1", "Q8_0", "Q4_K", "F16"})
    void execute_whenBatchedWithSevenOthers_givesSameBits(TensorType type) {
        Path file = file(type);
        float[][] expected = alone(file);
        try (RunningModel model = new RunningModel(file, SETTING)) {
            List<int[]> prompts = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                prompts.add(prompt(model, SEED + i, PROMPT - 17 * i));
            }
            int[] mixedChunks = {5, 1, 32, 3, 40, 1, 8, 16};
            float[][] actual = batched(model, prompts, mixedChunks);
            requireSameBits(actual, expected, type + " in a batch of 8");
        }
    }

    /// Feeds all prompts side by side and returns the logits of the first.
    private static float[][] batched(RunningModel model, List<int[]> prompts, int[] chunks) {
        int[] fed = new int[prompts.size()];
        float[][] logits = new float[prompts.get(0).length][];
        while (fed[0] < prompts.get(0).length) {
            Batch batch = model.batch();
            int rowsBefore = 0;
            // The first sequence stands in the middle of the batch.
            for (int index = 1; index <= prompts.size(); index++) {
                int sequence = (index + 3) % prompts.size();
                int end = Math.min(prompts.get(sequence).length, fed[sequence] + chunks[sequence]);
                batch.addRun(fed[sequence], RunningModel.pages(8 * sequence, PROMPT));
                if (sequence == 0) {
                    rowsBefore = batch.logitRows();
                }
                for (int position = fed[sequence]; position < end; position++) {
                    batch.addToken(
                            prompts.get(sequence)[position], sequence == 0 || position % 2 == 0);
                }
            }
            model.backend().execute(batch);
            int end = Math.min(prompts.get(0).length, fed[0] + chunks[0]);
            for (int position = fed[0]; position < end; position++) {
                logits[position] = RunningModel.floats(model.row(rowsBefore + position - fed[0]));
            }
            for (int sequence = 0; sequence < fed.length; sequence++) {
                fed[sequence] =
                        Math.min(prompts.get(sequence).length, fed[sequence] + chunks[sequence]);
            }
        }
        return logits;
    }

    @ParameterizedTest
    @EnumSource(names = {"Q4_1", "Q4_K", "F16"})
    void execute_whenWorkersDiffer_givesSameBits(TensorType type) {
        Path file = file(type);
        float[][] expected = alone(file);
        for (int workers : new int[] {1, 3}) {
            try (RunningModel model = new RunningModel(file, SETTING.workers(workers))) {
                float[][] actual = model.logits(prompt(model, SEED, PROMPT));
                requireSameBits(actual, expected, type + " with " + workers + " workers");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void execute_whenTiersDiffer_givesSameBits(TensorType type) {
        Path file = file(type);
        float[][] expected = Arrays.copyOf(alone(file), THREE_PAGES);
        try (RunningModel model = new RunningModel(file, SETTING.tier(Tier.SCALAR))) {
            float[][] actual = model.logits(prompt(model, SEED, THREE_PAGES));
            requireSameBits(actual, expected, type + " scalar");
        }
    }

    @Test
    void execute_whenKeysFillSegments_givesSameBitsInEveryTierAndChunk() {
        Path file = file(TensorType.Q4_1);
        float[][] whole;
        try (RunningModel model = new RunningModel(file, SETTING)) {
            whole = model.logits(prompt(model, SEED, 1_100));
        }
        try (RunningModel model = new RunningModel(file, SETTING.tier(Tier.SCALAR).workers(1))) {
            int[] prompt = prompt(model, SEED, 1_100);
            float[][] actual = model.logits(prompt, 61, RunningModel.pages(0, prompt.length));
            requireSameBits(actual, whole, "1,100 tokens in chunks of 61, scalar");
        }
    }

    /// One token that sees more than one segment of keys is cut into them, so that several workers share it.
    @Test
    void execute_whenOneTokenSeesSeveralSegments_givesSameBitsForAnyWorkers() {
        Path file = file(TensorType.Q4_1);
        int prefilled = 1_030;
        int tokens = 1_040;
        float[][] whole;
        try (RunningModel model = new RunningModel(file, SETTING)) {
            whole = model.logits(prompt(model, SEED, tokens));
        }
        for (int workers : new int[] {1, 2, 5}) {
            try (RunningModel model = new RunningModel(file, SETTING.workers(workers))) {
                int[] prompt = prompt(model, SEED, tokens);
                int[] pages = RunningModel.pages(0, tokens);
                model.feed(prompt, 0, prefilled, tokens, WHOLE, pages, (p, r) -> {});
                float[][] actual = Arrays.copyOf(whole, tokens);
                model.feed(
                        prompt,
                        prefilled,
                        tokens,
                        prefilled,
                        1,
                        pages,
                        (p, r) -> actual[p] = RunningModel.floats(r));
                requireSameBits(actual, whole, "decode at depth, workers " + workers);
            }
        }
    }

    @Test
    void execute_whenOnlySomeTokensAskForLogits_givesThemTheSameBits() {
        Path file = file(TensorType.Q8_0);
        float[][] expected = alone(file);
        try (RunningModel model = new RunningModel(file, SETTING)) {
            int[] prompt = prompt(model, SEED, PROMPT);
            Batch batch = model.batch();
            batch.addRun(0, RunningModel.pages(0, PROMPT));
            List<Integer> asking = List.of(0, 1, 2, 31, 40, 41, 77, 148);
            for (int position = 0; position < PROMPT - 1; position++) {
                batch.addToken(prompt[position], asking.contains(position));
            }
            model.backend().execute(batch);
            for (int row = 0; row < asking.size(); row++) {
                assertThat(RunningModel.floats(model.row(row)))
                        .as("row %d", row)
                        .isEqualTo(expected[asking.get(row)]);
            }
            model.feed(
                    prompt,
                    PROMPT - 1,
                    PROMPT,
                    PROMPT - 1,
                    1,
                    RunningModel.pages(0, PROMPT),
                    (p, r) -> assertThat(RunningModel.floats(r)).isEqualTo(expected[p]));
        }
    }

    @Test
    void execute_whenPagesAreScatteredAndDirty_givesSameBits() {
        Path file = file(TensorType.Q4_1);
        float[][] expected = alone(file);
        try (RunningModel model = new RunningModel(file, SETTING)) {
            dirtyAllPages(model);
            List<Integer> order = new ArrayList<>(IntStream.range(0, 64).boxed().toList());
            Collections.shuffle(order, new Random(SEED));
            int[] pages = order.stream().limit(5).mapToInt(Integer::intValue).toArray();
            float[][] actual = model.logits(prompt(model, SEED, PROMPT), 24, pages);
            requireSameBits(actual, expected, "scattered pages");
        }
    }

    @Test
    void execute_whenPagesWereCopied_givesSameBits() {
        Path file = file(TensorType.Q4_1);
        float[][] expected = alone(file);
        try (RunningModel model = new RunningModel(file, SETTING)) {
            dirtyAllPages(model);
            int[] prompt = prompt(model, SEED, PROMPT);
            float[][] actual = new float[PROMPT][];
            int[] pages = {3, 4, 5, 6, 7};
            int half = 75;
            model.feed(
                    prompt, 0, half, 0, half, pages, (p, r) -> actual[p] = RunningModel.floats(r));
            int[] moved = {3, 14, 25, 30, 31};
            model.backend().copyPage(0, 4, 14);
            model.backend().copyPage(0, 5, 25);
            int[] other = prompt(model, SEED + 1, PROMPT);
            model.feed(other, 0, PROMPT, PROMPT, 64, new int[] {4, 5, 6, 7, 8}, (p, r) -> {});
            model.feed(
                    prompt,
                    half,
                    PROMPT,
                    0,
                    7,
                    moved,
                    (p, r) -> actual[p] = RunningModel.floats(r));
            requireSameBits(actual, expected, "copied pages");
        }
    }

    @Test
    void execute_whenPreemptedAndResumed_givesSameBits() {
        Path file = file(TensorType.Q8_0);
        float[][] expected = alone(file);
        try (RunningModel model = new RunningModel(file, SETTING)) {
            int[] prompt = prompt(model, SEED, PROMPT);
            int[] pages = RunningModel.pages(0, PROMPT);
            float[][] actual = new float[PROMPT][];
            model.feed(prompt, 0, 100, 0, 100, pages, (p, r) -> actual[p] = RunningModel.floats(r));
            dirtyAllPages(model);
            int[] resumed = {40, 2, 60, 11, 0};
            model.feed(prompt, 0, 100, 100, 48, resumed, (p, r) -> {});
            model.feed(
                    prompt,
                    100,
                    PROMPT,
                    0,
                    1,
                    resumed,
                    (p, r) -> actual[p] = RunningModel.floats(r));
            requireSameBits(actual, expected, "preempted and resumed");
        }
    }

    /// Leaves the keys and values of other sequences in every page.
    private static void dirtyAllPages(RunningModel model) {
        int tokens = 64 * 32;
        int[] other = prompt(model, SEED + 99, tokens);
        model.feed(other, 0, tokens, tokens, WHOLE, RunningModel.pages(0, tokens), (p, r) -> {});
    }
}
