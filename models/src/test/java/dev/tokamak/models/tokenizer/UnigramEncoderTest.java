package dev.tokamak.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class UnigramEncoderTest {

    /// The file holds what nomic-embed-text-v2-moe's vocabulary has for a text of many scripts, with llama.cpp's ids.
    @Test
    void encode_whenMixedText_givesTheReferenceIds() {
        JsonNode reference = GoldenFolder.json(".", "unigram.json");
        String text = reference.get("text").stringValue();
        Tokenizer tokenizer =
                new MapVocabulary()
                        .with("general.architecture", "nomic-bert-moe")
                        .with("tokenizer.ggml.model", "t5")
                        .with(
                                "tokenizer.ggml.tokens",
                                reference
                                        .get("tokens")
                                        .valueStream()
                                        .map(JsonNode::stringValue)
                                        .toList())
                        .with(
                                "tokenizer.ggml.token_type",
                                GoldenFolder.ints(reference.get("types")))
                        .with("tokenizer.ggml.scores", floats(reference.get("scores")))
                        .with(
                                "tokenizer.ggml.precompiled_charsmap",
                                Base64.getDecoder().decode(reference.get("charsmap").stringValue()))
                        .with("tokenizer.ggml.bos_token_id", reference.get("bos").intValue())
                        .with("tokenizer.ggml.eos_token_id", reference.get("eos").intValue())
                        .with(
                                "tokenizer.ggml.unknown_token_id",
                                reference.get("unknown").intValue())
                        .with("tokenizer.ggml.add_bos_token", true)
                        .with("tokenizer.ggml.add_eos_token", true)
                        .with("tokenizer.ggml.add_space_prefix", true)
                        .with("tokenizer.ggml.remove_extra_whitespaces", true)
                        .tokenizer();
        assertThat(tokenizer.encode(text, false, false))
                .containsExactly(GoldenFolder.ints(reference.get("ids")));
        assertThat(tokenizer.encode(text, true, true))
                .containsExactly(GoldenFolder.ints(reference.get("parsed")));
    }

    private static float[] floats(JsonNode array) {
        float[] values = new float[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).floatValue();
        }
        return values;
    }
}
