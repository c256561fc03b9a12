package dev.tokamak.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.models.gguf.GgufFile;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class PreTokenizerTest {

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
                "smaug-bpe"
            })
    void encode_whenMixedText_givesTheReferenceIds(String pre) {
        JsonNode reference = GoldenFolder.json(".", "pre-tokenizers.json");
        try (GgufFile file = GgufFile.open(GoldenFolder.file("qwen2", "vocab.gguf"))) {
            MapVocabulary vocabulary = new MapVocabulary();
            GgufVocabulary qwen = new GgufVocabulary(file);
            for (String key : List.of("tokens", "merges")) {
                vocabulary.with("tokenizer.ggml." + key, qwen.strings("tokenizer.ggml." + key));
            }
            Tokenizer tokenizer =
                    vocabulary
                            .with("tokenizer.ggml.model", "gpt2")
                            .with("tokenizer.ggml.pre", pre)
                            .with("tokenizer.ggml.bos_token_id", 0)
                            .with(
                                    "tokenizer.ggml.token_type",
                                    qwen.integers("tokenizer.ggml.token_type"))
                            .tokenizer();
            assertThat(tokenizer.encode(reference.get("text").stringValue(), false, false))
                    .containsExactly(GoldenFolder.ints(reference.get(pre)));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "gpt-2, I've  12345 x!, I|'ve| | 12345| x|!",
        "llama-bpe, I'VE  12345 x!, I|'VE| | |123|45| x|!",
        "qwen2, I've 123 x!, I|'ve| |1|2|3| x|!",
        "starcoder, ab 12, ab| |1|2",
        "deepseek-v3, (abc) 1234, (abc|)| |123|4",
    })
    void wordEnds_whenWordsNumbersAndMarks_cutsThem(String pre, String text, String words) {
        int[] codePoints = CodePoints.of(text);
        IntList ends = PreTokenizer.read(MapVocabulary.bytePair(pre)).wordEnds(codePoints);
        List<String> found = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < ends.size(); i++) {
            found.add(new String(codePoints, from, ends.at(i) - from));
            from = ends.at(i);
        }
        assertThat(String.join("|", found)).isEqualTo(words);
    }
}
