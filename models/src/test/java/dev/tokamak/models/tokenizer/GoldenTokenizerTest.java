package dev.tokamak.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.models.SharedFolder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class GoldenTokenizerTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama-bpe",
                "qwen2",
                "gpt-2",
                "starcoder",
                "deepseek-llm",
                "llama-spm",
                "phi-3",
                "bert-bge"
            })
    void encode_whenGoldenCases_givesTheirIds(String name) {
        Tokenizer tokenizer = GoldenFolder.tokenizer(name);
        checkPlainCases(name, tokenizer);
        JsonNode extra = GoldenFolder.json(name, "extra.json");
        for (JsonNode node : extra.get("cases")) {
            checkCase(tokenizer, node);
        }
        for (JsonNode node : extra.get("detokenize")) {
            checkText(tokenizer, node);
        }
    }

    private static void checkPlainCases(String name, Tokenizer tokenizer) {
        String[] texts = GoldenFolder.text(name, "tests.inp").split("\n__ggml_vocab_test__\n", -1);
        String[] lines = GoldenFolder.text(name, "tests.out").split("\n", -1);
        assertThat(texts).hasSizeGreaterThan(40);
        for (int i = 0; i < texts.length; i++) {
            if (i == texts.length - 1 && texts[i].isEmpty()) {
                break;
            }
            int[] expected =
                    Arrays.stream(lines[i].strip().split(" +"))
                            .filter(id -> !id.isEmpty())
                            .mapToInt(Integer::parseInt)
                            .toArray();
            assertThat(tokenizer.encode(texts[i], false, false))
                    .as("'%s'", texts[i])
                    .containsExactly(expected);
        }
    }

    private static void checkCase(Tokenizer tokenizer, JsonNode node) {
        String text = node.get("text").stringValue();
        JsonNode plain = node.get("tokens");
        JsonNode added = node.get("tokens_add_special");
        checkIds(tokenizer, text, false, false, plain);
        checkIds(tokenizer, text, true, false, added);
        checkIds(tokenizer, text, false, true, orElse(node.get("tokens_parse_special"), plain));
        checkIds(
                tokenizer,
                text,
                true,
                true,
                orElse(node.get("tokens_add_and_parse_special"), added));
    }

    private static JsonNode orElse(JsonNode node, JsonNode otherwise) {
        return node == null ? otherwise : node;
    }

    private static void checkIds(
            Tokenizer tokenizer, String text, boolean add, boolean parse, JsonNode expected) {
        assertThat(tokenizer.encode(text, add, parse))
                .as("add %s, parse %s: '%s'", add, parse, text)
                .containsExactly(GoldenFolder.ints(expected));
    }

    private static void checkText(Tokenizer tokenizer, JsonNode node) {
        int[] tokens = GoldenFolder.ints(node.get("tokens"));
        assertThat(tokenizer.decode(tokens, true))
                .as("%s", node.get("tokens"))
                .isEqualTo(node.get("text").stringValue());
    }

    @Test
    void encode_whenSmolLmPrompts_givesTheirIds() {
        Tokenizer tokenizer =
                GoldenFolder.load(SharedFolder.require("models/SmolLM2-135M-Instruct.Q4_1.gguf"));
        JsonNode prompts = GoldenFolder.json("smollm2", "prompts.json").get("prompts");
        assertThat(prompts).hasSize(20);
        for (JsonNode prompt : prompts) {
            checkIds(
                    tokenizer,
                    prompt.get("text").stringValue(),
                    prompt.get("add_special").booleanValue(),
                    prompt.get("parse_special").booleanValue(),
                    prompt.get("tokens"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-bpe", "qwen2", "llama-spm"})
    void decode_whenEncodedBefore_givesTheText(String name) {
        Tokenizer tokenizer = GoldenFolder.tokenizer(name);
        for (JsonNode node : GoldenFolder.json(name, "extra.json").get("cases")) {
            String text = node.get("text").stringValue();
            assertThat(tokenizer.decode(tokenizer.encode(text, false, false), false))
                    .isEqualTo(text);
        }
    }

    @Test
    void isEndOfGeneration_whenGoldenVocabularies_knowsTheirEnds() {
        Tokenizer llama = GoldenFolder.tokenizer("llama-bpe");
        Tokenizer phi = GoldenFolder.tokenizer("phi-3");
        assertThat(ends(llama)).containsExactlyInAnyOrder("<|end_of_text|>", "<|eot_id|>");
        assertThat(ends(phi)).contains("</s>", "<|endoftext|>", "<|end|>");
    }

    @Test
    void encode_whenBertModel_givesItsIds() {
        Tokenizer tokenizer =
                GoldenFolder.load(SharedFolder.require("golden/architectures/bert/model.gguf"));
        JsonNode texts =
                GoldenFolder.json("../architectures/bert", "expected.json").get("tokenize");
        assertThat(texts).isNotEmpty();
        for (JsonNode node : texts) {
            String text = node.get("text").stringValue();
            checkIds(tokenizer, text, true, false, node.get("tokens_llama_cpp"));
        }
    }

    private static String[] ends(Tokenizer tokenizer) {
        return java.util.stream.IntStream.range(0, tokenizer.vocabularySize())
                .filter(tokenizer::isEndOfGeneration)
                .mapToObj(tokenizer::token)
                .toArray(String[]::new);
    }
}
