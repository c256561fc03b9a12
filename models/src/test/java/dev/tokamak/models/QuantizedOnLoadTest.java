package dev.tokamak.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.kernels.quantize.TargetType;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.architecture.DecoderLayer;
import dev.tokamak.models.gguf.GgufBuilder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class QuantizedOnLoadTest {

    @TempDir Path folder;

    private final WorkerTeam team = WorkerTeam.start(2);

    @AfterEach
    void closeTeam() {
        team.close();
    }

    /// Rows of the tiny model are 64 or 256 long: too short for the blocks of 256 of K types, or one of them.
    @ParameterizedTest
    @CsvSource({
        "F16,  Q8_0, Q8_0, Q8_0",
        "BF16, Q4_0, Q4_0, Q8_0",
        "F32,  Q4_K, Q8_0, Q8_0",
        "Q4_1, Q8_0, Q4_1, Q4_1",
        "Q8_0, Q5_0, Q5_0, Q8_0",
        "Q5_0, Q4_0, Q4_0, Q5_0",
        "Q4_0, Q4_1, Q4_0, Q4_0"
    })
    void load_ofFloatModel_givesTheWantedTypeWhereRowsAllowIt(
            TensorType file, TargetType wanted, TensorType layers, TensorType embedding) {
        Path path = new TinyGguf().type(file).tied(true).write(folder);
        try (LoadedModel model = LoadedModel.load(path, options(wanted))) {
            assertThat(model.identity().quantization()).contains(wanted.name());
            assertThat(model.decoder().embedding().weights().type()).isEqualTo(embedding);
            assertThat(model.decoder().head().projection().weights())
                    .isSameAs(model.decoder().embedding().weights());
            DecoderLayer layer = model.decoder().layers().getFirst();
            assertThat(layer.attention().matrices().map(PackedWeights::type)).containsOnly(layers);
        }
    }

    @Test
    void load_withoutQuantization_keepsFloats() {
        Path path = new TinyGguf().type(TensorType.F16).write(folder);
        LoadOptions options = new LoadOptions(Numerics.EXACT, team, LoadOptions.Progress.NONE);
        try (LoadedModel model = LoadedModel.load(path, options)) {
            assertThat(model.identity().quantization()).isEmpty();
            assertThat(model.decoder().embedding().weights().type()).isEqualTo(TensorType.F16);
        }
    }

    @Test
    void load_ofWeightThatIsNoNumber_namesTensorRowAndColumn() {
        GgufBuilder builder = new TinyGguf().type(TensorType.F32).build();
        ByteBuffer weights = ByteBuffer.allocate(64 * 32 * 4).order(ByteOrder.LITTLE_ENDIAN);
        weights.putFloat((5 * 64 + 7) * 4, Float.NaN);
        builder.tensor("blk.0.attn_k.weight", TensorType.F32, weights.array(), 64, 32);
        Path path = builder.write(folder.resolve("nan.gguf"));
        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(() -> LoadedModel.load(path, options(TargetType.Q8_0)))
                .withMessageContaining("tensor 'blk.0.attn_k.weight', row 5: column 7 holds NaN")
                .satisfies(e -> assertThat(e.code()).isEqualTo(ModelException.Code.CORRUPT_FILE));
    }

    private LoadOptions options(TargetType wanted) {
        return new LoadOptions(
                Numerics.EXACT, Optional.of(wanted), team, LoadOptions.Progress.NONE);
    }
}
