package dev.tokamak.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.models.gguf.GgufFile;
import dev.tokamak.models.tokenizer.split.CodePoints;
import dev.tokamak.models.tokenizer.split.IntList;
import dev.tokamak.models.tokenizer.split.PreTokenizers;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class PreTokenizerTest {

    private static final MapVocabulary QWEN = new MapVocabulary();
    private static JsonNode reference;

    @BeforeAll
    static void readVocabulary() {
        reference = GoldenFolder.json(".", "pre-tokenizers.json");
        try (GgufFile file = GgufFile.open(GoldenFolder.file("qwen2", "vocab.gguf"))) {
            GgufVocabulary qwen = new GgufVocabulary(file);
            for (String key : List.of("tokenizer.ggml.tokens", "tokenizer.ggml.merges")) {
                QWEN.with(key, qwen.strings(key));
            }
            QWEN.with("tokenizer.ggml.token_type", qwen.integers("tokenizer.ggml.token_type"));
        }
    }

    /// The file holds a text of many scripts and kinds of white space, with llama.cpp's ids for the merges of Qwen2 behind
    /// each pre-tokenizer.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "default",
                "deepseek-coder",
                "deepseek-v3",
                "gpt-2",
                "starcoder",
                "deepseek-llm",
                "llama-bpe",
                "smaug-bpe",
                "bloom",
                "viking",
                "glm4",
                "bailingmoe",
                "seed-coder",
                "ufakzeka",
                "laguna",
                "exaone-moe",
                "minicpm5",
                "jais-2",
                "spark2_5",
                "chameleon",
                "superbpe",
                "falcon",
                "qwen35",
                "tekken",
                "gpt-4o",
                "kimi-k2",
                "youtu"
            })
    void encode_whenMixedText_givesTheReferenceIds(String pre) {
        Tokenizer tokenizer =
                new MapVocabulary()
                        .with("tokenizer.ggml.model", "gpt2")
                        .with("tokenizer.ggml.pre", pre)
                        .with("tokenizer.ggml.bos_token_id", 0)
                        .with("tokenizer.ggml.tokens", QWEN.strings("tokenizer.ggml.tokens"))
                        .with("tokenizer.ggml.merges", QWEN.strings("tokenizer.ggml.merges"))
                        .with(
                                "tokenizer.ggml.token_type",
                                QWEN.integers("tokenizer.ggml.token_type"))
                        .tokenizer();
        assertThat(tokenizer.encode(reference.get("text").stringValue(), false, false))
                .containsExactly(GoldenFolder.ints(reference.get(pre)));
    }

    @ParameterizedTest
    @CsvSource({
        "gpt-2, I've  12345 x!, I|'ve| | 12345| x|!",
        "llama-bpe, I'VE  12345 x!, I|'VE| | |123|45| x|!",
        "qwen2, I've 123 x!, I|'ve| |1|2|3| x|!",
        "starcoder, ab 12, ab| |1|2",
        "deepseek-v3, (abc) 1234, (abc|)| |123|4",
        "superbpe, x1234567 12, x|1|234|567| |12",
        "tiny_aya, x 1234567 12ab, x| |1|234|567| |12|ab",
        "afmoe, ab1234, ab|1|234",
        "gpt-4o, ÜberWORT don't, Über|WORT| don't",
        "tekken, ÜBER12, ÜBER|1|2",
        "kimi-k2, 漢字abc々x, 漢字|abc|々|x",
        "gemma4, a b  c, a b  c",
    })
    void wordEnds_whenWordsNumbersAndMarks_cutsThem(String pre, String text, String words) {
        int[] codePoints = CodePoints.of(text);
        IntList ends = PreTokenizers.named(pre).orElseThrow().wordEnds(codePoints);
        List<String> found = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < ends.size(); i++) {
            found.add(new String(codePoints, from, ends.at(i) - from));
            from = ends.at(i);
        }
        assertThat(String.join("|", found)).isEqualTo(words);
    }

    @Test
    void named_ofEveryName_isThere() {
        for (String name : PreTokenizers.NAMES) {
            assertThat(PreTokenizers.named(name)).as(name).isPresent();
        }
        assertThat(PreTokenizers.NAMES).doesNotHaveDuplicates().hasSizeGreaterThan(80);
    }
}
