package dev.tokamak.engine.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Settings that some models of a family have and others have not, against the reference's logits: tiny random directories,
/// made with their logits by transformers 5.23.0 (torch 2.15.0, fp32).
class GoldenVariantTest {

    private static final float TOLERANCE = 1e-3f;
    private static final String ROOT = "/golden/variants/";

    @TempDir private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "phi3-longrope",
                "olmo3-yarn",
                "ernie4_5-moe-bias",
                "deepseek2-groups",
                "qwen3moe-dense-layer",
                "smollm3-rotation"
            })
    void execute_whenModelIsVariant_givesReferenceLogits(String name) throws Exception {
        copy("tokenizer.json", "tokenizer.json");
        copy("tokenizer_config.json", "tokenizer_config.json");
        copy(name + "/config.json", "config.json");
        copy(name + "/model.safetensors", "model.safetensors");
        try (RunningModel model = new RunningModel(folder, RunningModel.Setting.exact())) {
            for (JsonNode golden : expected(name).path("cases")) {
                int[] tokens =
                        golden.path("tokens").valueStream().mapToInt(JsonNode::asInt).toArray();
                float[] last = model.logits(tokens)[tokens.length - 1];
                JsonNode logits = golden.path("logits_last");
                assertThat(logits.size()).isEqualTo(96);
                for (int id = 0; id < logits.size(); id++) {
                    assertThat(last[id])
                            .as("logit %d after %d tokens", id, tokens.length)
                            .isCloseTo(logits.path(id).floatValue(), within(TOLERANCE));
                }
            }
        }
    }

    private void copy(String from, String to) throws Exception {
        URL resource = GoldenVariantTest.class.getResource(ROOT + from);
        Files.copy(Path.of(Objects.requireNonNull(resource).toURI()), folder.resolve(to));
    }

    private static JsonNode expected(String name) throws Exception {
        try (InputStream json =
                GoldenVariantTest.class.getResourceAsStream(ROOT + name + "/expected.json")) {
            return JsonMapper.shared().readTree(json);
        }
    }
}
