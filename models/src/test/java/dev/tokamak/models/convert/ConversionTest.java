package dev.tokamak.models.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tokamak.kernels.format.Dequantizer;
import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.kernels.quantize.Quantizer;
import dev.tokamak.kernels.quantize.TargetType;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.LoadOptions;
import dev.tokamak.models.LoadedModel;
import dev.tokamak.models.ModelException;
import dev.tokamak.models.TinyGguf;
import dev.tokamak.models.gguf.GgmlType;
import dev.tokamak.models.gguf.GgufBuilder;
import dev.tokamak.models.gguf.GgufFile;
import dev.tokamak.models.gguf.GgufTensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

final class ConversionTest {

    @TempDir Path folder;

    @ParameterizedTest
    @EnumSource(value = Preset.class, names = "Q2_K_S", mode = Mode.EXCLUDE)
    void writeTo_forEveryPreset_writesWhatQuantisersWriteForEachRow(Preset preset)
            throws Exception {
        Path source =
                new TinyGguf().type(TensorType.F16).hidden(256, 512).heads(4, 2, 64).write(folder);
        Path target = folder.resolve("out.gguf");
        convert(source, target, options(preset), 2);

        try (GgufFile from = GgufFile.open(source);
                GgufFile to = GgufFile.open(target)) {
            assertThat(to.tensors()).hasSameSizeAs(from.tensors());
            assertThat(to.metadata().integer("general.file_type")).hasValue(preset.fileType());
            assertThat(to.metadata().strings("tokenizer.ggml.tokens"))
                    .isEqualTo(from.metadata().strings("tokenizer.ggml.tokens"));
            for (GgufTensor tensor : to.tensors()) {
                GgufTensor original = from.tensor(tensor.name()).orElseThrow();
                assertThat(tensor.dimensions()).isEqualTo(original.dimensions());
                assertThat(bytes(to, tensor))
                        .as(tensor.name())
                        .isEqualTo(
                                tensor.type() == original.type()
                                        ? bytes(from, original)
                                        : quantised(from, original, tensor.type()));
            }
        }
    }

    @Test
    void writeTo_withAnyNumberOfWorkers_writesTheSameFile() throws Exception {
        Path source = new TinyGguf().type(TensorType.F32).hidden(288, 544).write(folder);
        Path one = folder.resolve("one.gguf");
        Path three = folder.resolve("three.gguf");
        convert(source, one, options(Preset.Q4_K_M), 1);
        List<Long> progress = convert(source, three, options(Preset.Q4_K_M), 3);
        assertThat(one).hasSameBinaryContentAs(three);
        assertThat(progress).isSorted();
    }

    @Test
    void writeTo_ofConvertedModel_loads() throws Exception {
        Path source = new TinyGguf().type(TensorType.F32).write(folder);
        Path target = folder.resolve("out.gguf");
        convert(source, target, options(Preset.Q8_0), 2);
        try (WorkerTeam team = WorkerTeam.start(2);
                LoadedModel model =
                        LoadedModel.load(
                                target,
                                new LoadOptions(Numerics.EXACT, team, LoadOptions.Progress.NONE))) {
            assertThat(model.identity().architecture()).isEqualTo("llama");
        }
    }

    @Test
    void writeTo_withImportance_usesEachExpertsOwn() throws Exception {
        int columns = 32;
        SplittableRandom random = new SplittableRandom(5);
        float[] weights = floats(random, 2 * 3 * columns);
        Path source =
                new GgufBuilder()
                        .string("general.architecture", "llama")
                        .uint32("llama.block_count", 1)
                        .uint32("llama.expert_count", 2)
                        .tensor(
                                "blk.0.ffn_up_exps.weight",
                                TensorType.F32,
                                little(weights),
                                columns,
                                3,
                                2)
                        .write(folder.resolve("source.gguf"));
        float[] importance = new float[2 * columns];
        for (int i = 0; i < importance.length; i++) {
            importance[i] = random.nextFloat();
        }
        Path target = folder.resolve("out.gguf");
        Map<String, float[]> known = new TreeMap<>();
        known.put("blk.0.ffn_up_exps.weight", importance);
        convert(source, target, weighted(known), 1);

        byte[] expected = new byte[6 * 18];
        Quantizer quantizer = new Quantizer(TargetType.Q4_0);
        for (int row = 0; row < 6; row++) {
            quantizer.quantize(
                    weights,
                    row * columns,
                    columns,
                    importance,
                    row / 3 * columns,
                    expected,
                    row * 18);
        }
        try (GgufFile to = GgufFile.open(target)) {
            assertThat(bytes(to, to.tensors().getFirst())).isEqualTo(expected);
            assertThat(to.metadata().string("quantize.imatrix.file")).contains("importance.dat");
            assertThat(to.metadata().integer("quantize.imatrix.chunks_count")).hasValue(7);
        }
        known.put("blk.0.ffn_up_exps.weight", new float[columns]);
        assertThatThrownBy(() -> convert(source, folder.resolve("no.gguf"), weighted(known), 1))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("32 columns for 2 experts")
                .hasMessageContaining("32 values");
    }

    @Test
    void writeTo_ofWeightThatIsNotFinite_namesItAndLeavesNothing() throws Exception {
        float[] weights = new float[4 * 32];
        weights[3 * 32 + 5] = Float.NaN;
        Path source =
                new GgufBuilder()
                        .string("general.architecture", "llama")
                        .tensor("blk.0.ffn_up.weight", TensorType.F32, little(weights), 32, 4)
                        .write(folder.resolve("source.gguf"));
        assertThatThrownBy(
                        () -> convert(source, folder.resolve("out.gguf"), options(Preset.Q4_0), 2))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("row 3 of tensor 'blk.0.ffn_up.weight'")
                .hasMessageContaining("column 5")
                .hasMessageContaining("NaN");
        assertThat(Files.list(folder)).containsExactly(source);
    }

    @Test
    void writeTo_whenInterrupted_leavesNothing() {
        Path source = new TinyGguf().type(TensorType.F32).write(folder);
        try (GgufFile file = GgufFile.open(source);
                WorkerTeam team = WorkerTeam.start(2)) {
            ConversionPlan plan = ConversionPlan.of(file, options(Preset.Q8_0));
            Conversion conversion =
                    new Conversion(
                            file,
                            plan,
                            options(Preset.Q8_0),
                            team,
                            (_, _) -> Thread.currentThread().interrupt());
            assertThatThrownBy(() -> conversion.writeTo(folder.resolve("out.gguf")))
                    .isInstanceOf(InterruptedException.class);
        }
        assertThat(folder.toFile().list()).hasSize(1);
    }

    @Test
    void writeTo_overItsOwnSource_isRefused() {
        Path source = new TinyGguf().write(folder);
        ConversionOptions options =
                new ConversionOptions(Preset.Q8_0, List.of(), Optional.empty(), true);
        assertThatThrownBy(() -> convert(source, source, options, 1))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("shall be converted");
    }

    private static List<Long> convert(
            Path source, Path target, ConversionOptions options, int workers)
            throws InterruptedException {
        List<Long> progress = new ArrayList<>();
        try (GgufFile file = GgufFile.open(source);
                WorkerTeam team = WorkerTeam.start(workers)) {
            ConversionPlan plan = ConversionPlan.of(file, options);
            new Conversion(file, plan, options, team, (done, _) -> progress.add(done))
                    .writeTo(target);
        }
        return progress;
    }

    private static ConversionOptions options(Preset preset) {
        return new ConversionOptions(preset, List.of(), Optional.empty(), false);
    }

    private static ConversionOptions weighted(Map<String, float[]> importance) {
        return new ConversionOptions(
                Preset.Q4_0,
                List.of(),
                Optional.of(new ImportanceMatrix(Path.of("x/importance.dat"), 7, importance)),
                false);
    }

    private static byte[] quantised(GgufFile file, GgufTensor tensor, GgmlType type) {
        int columns = Math.toIntExact(tensor.dimensions().getFirst());
        int rows = (int) (tensor.elements() / columns);
        TargetType target = TargetType.of(type.id()).orElseThrow();
        float[] weights = new float[rows * columns];
        new Dequantizer(TensorType.of(tensor.type().id()).orElseThrow())
                .dequantize(bytes(file, tensor), 0, weights, 0, weights.length);
        byte[] expected = new byte[rows * target.rowBytes(columns)];
        Quantizer quantizer = new Quantizer(target);
        for (int row = 0; row < rows; row++) {
            quantizer.quantize(
                    weights, row * columns, columns, expected, row * target.rowBytes(columns));
        }
        return expected;
    }

    private static byte[] bytes(GgufFile file, GgufTensor tensor) {
        try (Arena arena = Arena.ofConfined()) {
            return file.map(tensor, arena).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private static float[] floats(SplittableRandom random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static byte[] little(float[] values) {
        ByteBuffer buffer =
                ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(values);
        return buffer.array();
    }
}
