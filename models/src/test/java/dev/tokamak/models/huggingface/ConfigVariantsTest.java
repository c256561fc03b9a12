package dev.tokamak.models.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.gguf.Metadata;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What becomes of the settings of a `config.json` that some models of a family have and others have not.
class ConfigVariantsTest {

    private static final String SIZES =
            """
            {"architectures": ["%s"], "hidden_size": 8, "intermediate_size": 16, "num_attention_heads": 2,
             "num_hidden_layers": 4, "max_position_embeddings": 64, "tie_word_embeddings": true, %s}
            """;

    @TempDir private Path folder;

    @Test
    void open_whenValuesAreAbsent_takesThoseOfTheClass() {
        read(
                "Gemma3ForCausalLM",
                "\"sliding_window\": 8",
                metadata -> {
                    assertThat(metadata.integer("gemma3.attention.key_length")).hasValue(256);
                    assertThat(metadata.integer("gemma3.attention.head_count_kv")).hasValue(4);
                    assertThat(metadata.decimal("gemma3.attention.scale")).hasValue(1 / 16.0);
                    assertThat(metadata.decimal("gemma3.rope.freq_base")).hasValue(1e6);
                });
    }

    @Test
    void open_whenValueIsNull_isNotAbsent() {
        read(
                "Gemma2ForCausalLM",
                "\"attn_logit_softcapping\": null",
                metadata -> {
                    assertThat(metadata.decimal("gemma2.attn_logit_softcapping")).hasValue(0);
                    assertThat(metadata.decimal("gemma2.final_logit_softcapping")).hasValue(30);
                });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Qwen2ForCausalLM | \"use_sliding_window\": true, \"max_window_layers\": 2 | 0 0 1 1",
                "Qwen3ForCausalLM | \"use_sliding_window\": true, \"max_window_layers\": 3 | 0 0 0 1",
                "Qwen2MoeForCausalLM | \"use_sliding_window\": true, \"max_window_layers\": 2 | 1 0 0 0",
                "Qwen3MoeForCausalLM | \"use_sliding_window\": true, \"max_window_layers\": 2 | 1 1 1 1",
                "SmolLM3ForCausalLM | \"use_sliding_window\": true, \"no_rope_layers\": [1, 0, 1, 0] | 0 1 0 1",
                "Cohere2ForCausalLM | \"sliding_window_pattern\": 2 | 1 0 1 0",
                "Exaone4ForCausalLM | \"sliding_window_pattern\": \"LLG\" | 1 1 0 1",
                "Olmo3ForCausalLM | \"layer_types\": [\"full_attention\", \"sliding_attention\", \"full_attention\", \"full_attention\"] | 0 1 0 0"
            })
    void open_whenLayersSeeWindows_saysWhich(String type, String settings, String expected) {
        read(
                type,
                settings + ", \"sliding_window\": 8",
                metadata -> {
                    String name = metadata.requireString("general.architecture");
                    StringBuilder slides = new StringBuilder();
                    for (boolean layer :
                            metadata.bools(name + ".attention.sliding_window_pattern")) {
                        slides.append(layer ? "1 " : "0 ");
                    }
                    assertThat(slides.toString().strip()).isEqualTo(expected);
                    assertThat(metadata.integer(name + ".attention.sliding_window")).hasValue(8);
                });
    }

    @ParameterizedTest
    @CsvSource({
        "LlamaForCausalLM, llama",
        "GraniteForCausalLM, granite",
        "Qwen2ForCausalLM, qwen2"
    })
    void open_whenTheClassDoesNotUseTheWindow_leavesItOut(String type, String name) {
        read(
                type,
                "\"sliding_window\": 8",
                metadata ->
                        assertThat(metadata.integer(name + ".attention.sliding_window").orElse(0))
                                .isZero());
    }

    @Test
    void open_whenOtherLayersRotate_saysWhich() {
        read(
                "SmolLM3ForCausalLM",
                "\"no_rope_layer_interval\": 2",
                metadata ->
                        assertThat(metadata.bools("smollm3.rope.rotated_layers"))
                                .containsExactly(true, false, true, false));
        read(
                "SmolLM3ForCausalLM",
                "\"no_rope_layers\": [1, 1, 1, 0]",
                metadata -> assertThat(metadata.contains("smollm3.rope.rotated_layers")).isFalse());
    }

    @Test
    void open_whenBothFormsOfRotationAreThere_takesTheOlder() {
        read(
                "LlamaForCausalLM",
                "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 4.0}, \"rope_parameters\": {\"rope_type\": \"default\"}",
                metadata -> assertThat(metadata.decimal("llama.rope.scaling.factor")).hasValue(4));
    }

    @Test
    void open_whenPhi3NamesItsOriginalContextTwice_takesTheOneOutside() {
        read(
                "Phi3ForCausalLM",
                "\"original_max_position_embeddings\": 32, \"rope_scaling\": {\"type\": \"longrope\", \"original_max_position_embeddings\": 16, \"short_factor\": [1, 1], \"long_factor\": [2, 2]}",
                metadata -> {
                    assertThat(metadata.integer("phi3.rope.scaling.original_context_length"))
                            .hasValue(32);
                    assertThat(metadata.decimal("phi3.rope.scaling.attn_factor").orElse(0))
                            .isCloseTo(Math.sqrt(1 + Math.log(2) / Math.log(32)), within(1e-6));
                });
    }

    @ParameterizedTest
    @CsvSource({"LlamaForCausalLM, llama, 4", "GlmForCausalLM, chatglm, 2"})
    void open_whenPartOfHeadsRotates_dependsOnTheClass(String type, String name, long rotated) {
        read(
                type,
                "\"partial_rotary_factor\": 0.5, \"head_dim\": 4",
                metadata ->
                        assertThat(metadata.integer(name + ".rope.dimension_count"))
                                .hasValue(rotated));
    }

    @Test
    void open_whenActivationIsNotTheUsualOne_namesIt() {
        read(
                "LlamaForCausalLM",
                "\"hidden_act\": \"gelu_pytorch_tanh\"",
                metadata ->
                        assertThat(metadata.string("llama.feed_forward_activation"))
                                .hasValue("gelu_tanh"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "SmolLM3ForCausalLM | \"no_rope_layers\": [1, 0] | expected one for each of 4",
                "Exaone4ForCausalLM | \"sliding_window_pattern\": \"\" | sliding_window_pattern",
                "Mistral3ForConditionalGeneration | \"text_config\": {\"model_type\": \"qwen2\"} | model_type",
                "OlmoeForCausalLM | \"clip_qkv\": 1.0 | clip_qkv",
                "LlamaForCausalLM | \"head_dim\": 2147483646, \"rope_scaling\": {\"rope_type\": \"llama3\"} | a head of 2147483646 elements, the limit is 8192",
                "LlamaForCausalLM | \"head_dim\": 2147483646, \"rope_scaling\": {\"rope_type\": \"proportional\"} | a head of 2147483646 elements, the limit is 8192"
            })
    void open_whenSettingsAreImpossible_saysWhy(String type, String settings, String why) {
        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(() -> read(type, settings, _ -> {}))
                .withMessageContaining(why);
    }

    private void read(String type, String settings, Consumer<Metadata> check) {
        TinyDirectory.write(folder);
        TinyDirectory.write(
                folder.resolve("config.json"),
                SIZES.formatted(type, settings).getBytes(StandardCharsets.UTF_8));
        try (HuggingFaceDirectory directory = HuggingFaceDirectory.open(folder)) {
            check.accept(directory.metadata());
        }
    }
}
