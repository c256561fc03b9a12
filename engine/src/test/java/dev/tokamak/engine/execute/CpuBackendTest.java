package dev.tokamak.engine.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.kernels.linear.WeightPacker;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.TinyGguf;
import dev.tokamak.models.architecture.DecoderModel;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CpuBackendTest {

    private static final int[] PROMPT = {5, 9, 2, 14, 7, 3, 8, 11, 4, 6};
    private static final int[] PAGE = {0};

    @TempDir private Path folder;

    private RunningModel model(TensorType type) {
        Path file = new TinyGguf().type(type).seed(3).write(folder);
        return new RunningModel(
                file, RunningModel.Setting.exact().options(new CpuBackendOptions(4, 16, 12)));
    }

    @Test
    void execute_whenTooManyTokens_namesBothNumbers() {
        try (RunningModel model = model(TensorType.F16)) {
            Batch batch = new Batch(32, 1);
            batch.addRun(0, PAGE);
            for (int i = 0; i < 17; i++) {
                batch.addToken(1, false);
            }
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.backend().execute(batch))
                    .withMessage("a batch holds at most 16 tokens, found 17");
        }
    }

    @Test
    void execute_whenTooManyLogitRows_namesBothNumbers() {
        try (RunningModel model = model(TensorType.F16)) {
            Batch batch = model.batch();
            batch.addRun(0, PAGE);
            for (int i = 0; i < 13; i++) {
                batch.addToken(1, true);
            }
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.backend().execute(batch))
                    .withMessage("a batch asks for at most 12 rows of logits, found 13");
        }
    }

    @Test
    void execute_whenTokenIsOutsideVocabulary_namesIt() {
        try (RunningModel model = model(TensorType.F16)) {
            int vocabulary = model.backend().vocabularySize();
            for (int token : new int[] {-1, vocabulary}) {
                Batch batch = model.batch();
                batch.addRun(0, PAGE);
                batch.addToken(token, true);
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> model.backend().execute(batch))
                        .withMessage(
                                "token %d is outside the vocabulary of %d"
                                        .formatted(token, vocabulary));
            }
        }
    }

    @Test
    void execute_whenPagesDoNotFit_namesThem() {
        try (RunningModel model = model(TensorType.F16)) {
            Batch batch = model.batch();
            batch.addRun(32, PAGE);
            batch.addToken(1, true);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.backend().execute(batch))
                    .withMessage("positions 32 to 32 do not fit into 1 pages");
            Batch outside = model.batch();
            outside.addRun(0, new int[] {4});
            outside.addToken(1, true);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.backend().execute(outside))
                    .withMessage("page 4 is outside the pool of 4 pages");
        }
    }

    @Test
    void copyPage_whenPageDoesNotExist_namesIt() {
        try (RunningModel model = model(TensorType.F16)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.backend().copyPage(0, 0, 9))
                    .withMessage("page 9 is outside the pool of 4 pages");
        }
    }

    @Test
    void create_whenSizesAreImpossible_namesThem() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CpuBackendOptions(0, 16, 12))
                .withMessage("pages must be at least 1, found 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CpuBackendOptions(1, 16, 17))
                .withMessage("maxLogitRows must not exceed the 16 tokens of a batch, found 17");
    }

    @Test
    void execute_whenBatchIsEmptyOrAsksForNothing_doesNothingElse() {
        try (RunningModel model = model(TensorType.F16)) {
            model.backend().execute(model.batch());
            Batch batch = model.batch();
            batch.addRun(0, PAGE);
            batch.addRun(0, new int[] {1});
            batch.addToken(1, false);
            model.backend().execute(batch);
            assertThat(batch.logitRows()).isZero();
        }
    }

    /// From the token whose embedding is infinite on, its sequence gets NaN; the neighbour keeps its bits.
    @ParameterizedTest
    @EnumSource(Numerics.class)
    void execute_whenOneSequenceIsNotFinite_failsAlone(Numerics numerics) {
        int bad = 13;
        Path file = new TinyGguf().type(TensorType.Q8_0).seed(3).write(folder);
        RunningModel.Setting setting =
                RunningModel.Setting.exact()
                        .numerics(numerics)
                        .options(new CpuBackendOptions(4, 32, 32));
        try (Arena arena = Arena.ofShared();
                RunningModel model =
                        new RunningModel(file, setting, plain -> spoiled(plain, bad, arena))) {
            float[][] expected = model.logits(PROMPT, 10, new int[] {0});
            int[] spoiled = PROMPT.clone();
            spoiled[3] = bad;
            Batch batch = model.batch();
            addRun(batch, spoiled, 0, 6, 1);
            addRun(batch, PROMPT, 0, 10, 2);
            model.backend().execute(batch);
            for (int position = 0; position < 6; position++) {
                float[] row = RunningModel.floats(model.row(position));
                if (position < 3) {
                    assertThat(row).isEqualTo(expected[position]);
                } else {
                    assertThat(row).as("position %d", position).containsOnly(Float.NaN);
                }
            }
            for (int position = 0; position < 10; position++) {
                assertThat(RunningModel.floats(model.row(6 + position)))
                        .isEqualTo(expected[position]);
            }
            Batch later = model.batch();
            addRun(later, spoiled, 6, 10, 1);
            model.backend().execute(later);
            for (int row = 0; row < 4; row++) {
                assertThat(RunningModel.floats(model.row(row))).containsOnly(Float.NaN);
            }
        }
    }

    private static void addRun(Batch batch, int[] tokens, int from, int to, int page) {
        batch.addRun(from, new int[] {page});
        for (int position = from; position < to; position++) {
            batch.addToken(tokens[position], true);
        }
    }

    /// The model with one infinite weight in the embedding of a token.
    private static DecoderModel spoiled(DecoderModel plain, int token, Arena arena) {
        PackedWeights embedding = plain.embedding().weights();
        int columns = embedding.columns();
        MemorySegment rows = arena.allocate(4L * embedding.rows() * columns, 64);
        for (int row = 0; row < embedding.rows(); row++) {
            WeightPacker.readRow(embedding, row, rows, 4L * row * columns);
        }
        rows.setAtIndex(
                ValueLayout.JAVA_FLOAT, (long) token * columns + 7, Float.POSITIVE_INFINITY);
        try (WorkerTeam team = WorkerTeam.start(1)) {
            PackedWeights packed =
                    new WeightPacker(Numerics.EXACT, team)
                            .pack(TensorType.F32, embedding.rows(), columns, rows, arena);
            return new DecoderModel(
                    plain.shape(),
                    new DecoderModel.Embedding(packed, 1, Optional.empty()),
                    plain.signals(),
                    plain.layers(),
                    plain.head());
        }
    }
}
