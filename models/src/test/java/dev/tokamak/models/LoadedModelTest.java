package dev.tokamak.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.template.ChatPrompt;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LoadedModelTest {

    @TempDir Path folder;

    private final WorkerTeam team = WorkerTeam.start(2);

    @AfterEach
    void closeTeam() {
        team.close();
    }

    @Test
    void load_ofTinyModel_givesEverything() throws Exception {
        Path file = new TinyGguf().type(TensorType.Q4_1).tied(true).write(folder);
        List<Long> progress = new ArrayList<>();
        LoadOptions options =
                new LoadOptions(Numerics.EXACT, team, (done, _) -> progress.add(done));
        try (LoadedModel model = LoadedModel.load(file, options)) {
            assertThat(model.identity().name()).isEqualTo("tiny");
            assertThat(model.identity().architecture()).isEqualTo("llama");
            assertThat(model.identity().contentHash()).isEqualTo(sha256(file));
            assertThat(progress).isSorted().last().isEqualTo(model.identity().weightBytes());
            assertThat(model.decoder().head().projection().weights())
                    .isSameAs(model.decoder().embedding().weights());
            assertThat(model.decoder().shape().vocabulary())
                    .isEqualTo(model.tokenizer().vocabularySize());
            ChatPrompt prompt =
                    ChatPrompt.of(List.of(Map.of("role", "user", "content", "the rain")));
            int[] tokens = prompt.encode(model.chatTemplate().orElseThrow(), model.tokenizer());
            assertThat(model.tokenizer().decode(tokens, true))
                    .isEqualTo("<|im_start|>user\nthe rain<|im_end|>\n<|im_start|>assistant\n");
        }
    }

    @Test
    void load_asFloat32_needsMoreMemory() {
        Path file = new TinyGguf().type(TensorType.Q8_0).write(folder);
        assertThat(weightBytes(file, Numerics.FLOAT32))
                .isGreaterThan(2 * weightBytes(file, Numerics.EXACT));
    }

    @Test
    void close_freesWeights() {
        LoadedModel model = LoadedModel.load(TinyGguf.llama(folder, 1), options());
        MemorySegment norm = model.decoder().head().norm().weight();
        assertThat(norm.get(ValueLayout.JAVA_FLOAT, 0)).isFinite();
        model.close();
        assertThat(norm.scope().isAlive()).isFalse();
    }

    @Test
    void load_withoutChatTemplate_completesOnly() {
        Path file =
                new TinyGguf()
                        .build()
                        .without("tokenizer.chat_template")
                        .write(folder.resolve("base.gguf"));
        try (LoadedModel model = LoadedModel.load(file, options())) {
            assertThat(model.chatTemplate()).isEmpty();
        }
    }

    @Test
    void load_withoutName_isCalledAfterTheFile() {
        Path file =
                new TinyGguf().build().without("general.name").write(folder.resolve("other.gguf"));
        try (LoadedModel model = LoadedModel.load(file, options())) {
            assertThat(model.identity().name()).isEqualTo("other.gguf");
        }
    }

    @Test
    void load_whenFileShrinksMeanwhile_saysSo() {
        Path file = new TinyGguf().layers(8).write(folder);
        LoadOptions options = new LoadOptions(Numerics.EXACT, team, (_, _) -> truncate(file));
        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(() -> LoadedModel.load(file, options))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ModelException.Code.CORRUPT_FILE));
    }

    @Test
    void load_withoutEnoughMemory_namesBothNumbers() {
        Path file = TinyGguf.llama(folder, 1);
        long weightBytes = weightBytes(file, Numerics.EXACT);
        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(
                        () -> ModelLoading.load(file, options(), _ -> {}, () -> weightBytes - 1))
                .withMessage(
                        "%s: its weights need %d bytes of memory, but only %d are available",
                        file, weightBytes, weightBytes - 1)
                .satisfies(e -> assertThat(e.code()).isEqualTo(ModelException.Code.OUT_OF_MEMORY));
        ModelLoading.load(file, options(), _ -> {}, () -> weightBytes).close();
    }

    @Test
    void load_whenProgressFails_passesItOn() {
        Path file = TinyGguf.llama(folder, 1);
        LoadOptions options =
                new LoadOptions(
                        Numerics.EXACT,
                        team,
                        (_, _) -> {
                            throw new IllegalStateException("stop");
                        });
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> LoadedModel.load(file, options))
                .withMessage("stop");
    }

    private LoadOptions options() {
        return new LoadOptions(Numerics.EXACT, team, LoadOptions.Progress.NONE);
    }

    private long weightBytes(Path file, Numerics numerics) {
        LoadOptions options = new LoadOptions(numerics, team, LoadOptions.Progress.NONE);
        try (LoadedModel model = LoadedModel.load(file, options)) {
            return model.identity().weightBytes();
        }
    }

    private static void truncate(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(1000);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String sha256(Path file) throws Exception {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
        return HexFormat.of().formatHex(digest);
    }
}
