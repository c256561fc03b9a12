package dev.tokamak.models.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.gguf.GgmlType;
import dev.tokamak.models.gguf.GgufTensor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class ConversionPlanTest {

    /* `convert/type-choices.txt` holds what `llama-quantize --dry-run` chose. A line `model NAME ARCHITECTURE LAYERS HEADS
     * KEY-HEADS EXPERTS tied|untied fused|separate COLUMNS` describes a model of F16 matrices with F32 norms and routers; after it come
     * lines `PRESET ROLE COUNT*TYPE ...`, the types of a role from the first layer to the last. */

    @Test
    void of_forEveryPresetAndKindOfModel_choosesAsLlamaCpp() throws IOException {
        Map<Preset, Map<String, List<String>>> expected = new TreeMap<>();
        FakeModelFile model = null;
        int compared = 0;
        for (String line : golden()) {
            String[] words = line.split(" ");
            if (words[0].equals("model")) {
                compared += compare(model, expected);
                model = model(words);
                expected.clear();
                continue;
            }
            List<String> types = new ArrayList<>();
            for (int i = 2; i < words.length; i++) {
                String[] run = words[i].split("\\*");
                for (int repeat = 0; repeat < Integer.parseInt(run[0]); repeat++) {
                    types.add(run[1]);
                }
            }
            expected.computeIfAbsent(Preset.valueOf(words[0]), _ -> new TreeMap<>())
                    .put(words[1], types);
        }
        compared += compare(model, expected);
        assertThat(compared).isEqualTo(9 * Preset.values().length);
    }

    private static int compare(
            FakeModelFile model, Map<Preset, Map<String, List<String>>> expected) {
        expected.forEach(
                (preset, roles) -> {
                    Map<String, List<String>> actual = new TreeMap<>();
                    for (ConversionPlan.Step step : plan(model, preset).steps()) {
                        actual.computeIfAbsent(
                                        step.source().name().replaceFirst("^blk\\.\\d+\\.", ""),
                                        _ -> new ArrayList<>())
                                .add(step.written().type().name());
                    }
                    assertThat(actual).as("%s of %s", preset, model.metadata()).isEqualTo(roles);
                });
        return expected.size();
    }

    @Test
    void of_tensorsThatStay_keepsTypeUnlessHalfFloatsWouldNotLoad() {
        FakeModelFile model =
                new FakeModelFile()
                        .put("general.architecture", "bert")
                        .tensor("position_embd.weight", GgmlType.F16, 256, 512)
                        .tensor("blk.0.attn_norm.weight", GgmlType.BF16, 256)
                        .tensor("blk.0.attn_q.bias", GgmlType.BF16, 256)
                        .tensor("blk.0.altup.weight", GgmlType.BF16, 256, 4)
                        .tensor("blk.0.ids.weight", GgmlType.I32, 256, 4);
        assertThat(plan(model, Preset.Q8_0).steps())
                .extracting(step -> step.source().name() + " " + step.written().type())
                .containsExactly(
                        "position_embd.weight F32",
                        "blk.0.altup.weight BF16",
                        "blk.0.attn_norm.weight F32",
                        "blk.0.attn_q.bias F32",
                        "blk.0.ids.weight I32");
    }

    @Test
    void of_overrides_takesTheFirstThatApplies() {
        FakeModelFile model = small(GgmlType.F32);
        ConversionOptions options =
                options(
                        Preset.Q4_K_M,
                        List.of(
                                TensorOverride.parse("blk\\.0\\.ffn_up=q5_k"),
                                TensorOverride.parse("ffn=Q6_K")));
        assertThat(ConversionPlan.of(model, options).steps())
                .extracting(step -> step.written().type())
                .containsExactly(GgmlType.Q6_K, GgmlType.Q6_K, GgmlType.Q5_K);
    }

    @Test
    void of_rowsThatDoNotFit_saysWhatIsWrittenInstead() {
        FakeModelFile model =
                new FakeModelFile()
                        .put("general.architecture", "llama")
                        .tensor("blk.0.ffn_up.weight", GgmlType.F32, 96, 4)
                        .tensor("blk.0.odd.weight", GgmlType.F32, 7, 4);
        ConversionPlan plan = plan(model, Preset.Q4_K_S);
        assertThat(plan.steps())
                .extracting(step -> step.written().type())
                .containsExactly(GgmlType.Q5_0, GgmlType.F16);
        assertThat(plan.notes())
                .anyMatch(note -> note.contains("96") && note.contains("Q5_0"))
                .anyMatch(note -> note.contains("rows of 7") && note.contains("F16"));
    }

    @Test
    void of_quantisedSource_warns() {
        assertThat(plan(small(GgmlType.Q8_0), Preset.Q4_K_M).notes())
                .anyMatch(note -> note.contains("a second time"));
        assertThat(plan(small(GgmlType.Q8_0), Preset.F16).notes()).isEmpty();
        assertThat(plan(small(GgmlType.F32), Preset.Q4_K_M).notes()).isEmpty();
    }

    @Test
    void of_sourceTypeThatCannotBeRead_isRefused() {
        FakeModelFile model = small(GgmlType.Q8_K);
        assertThatThrownBy(() -> plan(model, Preset.Q4_K_M))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("Q8_K");
    }

    @Test
    void of_q2KSWithoutImportance_isRefused() {
        FakeModelFile model = small(GgmlType.F32);
        ConversionOptions options =
                new ConversionOptions(Preset.Q2_K_S, List.of(), importance(), false);
        assertThatThrownBy(() -> ConversionPlan.of(model, options))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("importance matrix");
    }

    @Test
    void parse_ofWrongOverrides_saysWhy() {
        assertThatThrownBy(() -> TensorOverride.parse("ffn")).hasMessageContaining("PATTERN=TYPE");
        assertThatThrownBy(() -> TensorOverride.parse("ffn=Q9_K")).hasMessageContaining("Q9_K");
        assertThatThrownBy(() -> TensorOverride.parse("(=Q8_0")).hasMessageContaining("'('");
    }

    @Test
    void of_presetNames_knowsAliasesInAnyCase() {
        assertThat(Preset.of("q4_k")).contains(Preset.Q4_K_M);
        assertThat(Preset.of("Mxfp4")).contains(Preset.MXFP4_MOE);
        assertThat(Preset.of("Q9")).isEmpty();
    }

    private static ConversionPlan plan(FakeModelFile model, Preset preset) {
        return ConversionPlan.of(model, options(preset, List.of()));
    }

    private static ConversionOptions options(Preset preset, List<TensorOverride> overrides) {
        return new ConversionOptions(
                preset, overrides, preset == Preset.Q2_K_S ? knowingAll() : importance(), false);
    }

    private static Optional<ImportanceMatrix> importance() {
        return Optional.empty();
    }

    /// For the one preset that is refused without; which types it chooses does not depend on importance.
    private static Optional<ImportanceMatrix> knowingAll() {
        Map<String, float[]> columns = new TreeMap<>();
        for (int layer = 0; layer < 80; layer++) {
            for (GgufTensor tensor : layer(new FakeModelFile(), layer, 256, 8, true).tensors()) {
                columns.put(tensor.name(), new float[256]);
            }
            for (GgufTensor tensor : layer(new FakeModelFile(), layer, 256, 0, false).tensors()) {
                columns.put(tensor.name(), new float[256]);
            }
        }
        return Optional.of(new ImportanceMatrix(Path.of("importance"), 1, columns));
    }

    private static FakeModelFile small(GgmlType type) {
        return new FakeModelFile()
                .put("general.architecture", "llama")
                .put("llama.block_count", 1)
                .tensor("blk.0.ffn_down.weight", type, 256, 4)
                .tensor("blk.0.ffn_gate.weight", type, 256, 4)
                .tensor("blk.0.ffn_up.weight", type, 256, 4);
    }

    private static FakeModelFile model(String[] words) {
        String architecture = words[2];
        int experts = Integer.parseInt(words[6]);
        int columns = Integer.parseInt(words[9]);
        FakeModelFile model =
                new FakeModelFile()
                        .put("general.architecture", architecture)
                        .put(architecture + ".block_count", Integer.parseInt(words[3]))
                        .put(architecture + ".attention.head_count", Integer.parseInt(words[4]))
                        .put(architecture + ".attention.head_count_kv", Integer.parseInt(words[5]))
                        .put(architecture + ".expert_count", experts)
                        .tensor("token_embd.weight", GgmlType.F16, columns, 64)
                        .tensor("output_norm.weight", GgmlType.F32, columns);
        if (words[7].equals("untied")) {
            model.tensor("output.weight", GgmlType.F16, columns, 64);
        }
        // Layers backwards: the order of the source must not matter.
        for (int layer = Integer.parseInt(words[3]) - 1; layer >= 0; layer--) {
            layer(model, layer, columns, experts, words[8].equals("fused"));
        }
        return architecture.equals("falcon") ? model.without("ffn_gate") : model;
    }

    private static FakeModelFile layer(
            FakeModelFile model, int layer, int columns, int experts, boolean fused) {
        String prefix = "blk." + layer + ".";
        model.tensor(prefix + "attn_norm.weight", GgmlType.F32, columns);
        for (String role : fused ? List.of("qkv") : List.of("q", "k", "v")) {
            model.tensor(prefix + "attn_" + role + ".weight", GgmlType.F16, columns, columns);
        }
        model.tensor(prefix + "attn_output.weight", GgmlType.F16, columns, columns);
        if (experts > 0) {
            model.tensor(prefix + "ffn_gate_inp.weight", GgmlType.F32, columns, experts);
        }
        for (String role : List.of("gate", "up", "down")) {
            if (experts > 0) {
                model.tensor(
                        prefix + "ffn_" + role + "_exps.weight",
                        GgmlType.F16,
                        columns,
                        columns,
                        experts);
            } else {
                model.tensor(prefix + "ffn_" + role + ".weight", GgmlType.F16, columns, columns);
            }
        }
        return model;
    }

    private static List<String> golden() throws IOException {
        try (BufferedReader reader =
                new BufferedReader(
                        new InputStreamReader(
                                Objects.requireNonNull(
                                        ConversionPlanTest.class.getResourceAsStream(
                                                "/convert/type-choices.txt")),
                                StandardCharsets.UTF_8))) {
            return reader.lines().toList();
        }
    }
}
