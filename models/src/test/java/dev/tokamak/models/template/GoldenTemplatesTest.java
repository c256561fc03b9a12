package dev.tokamak.models.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.SharedFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Renders the templates of well-known models and compares with what transformers wrote.
class GoldenTemplatesTest {

    private static final JsonMapper JSON = new JsonMapper();

    @TestFactory
    List<DynamicNode> render_whenTemplateIsKnown_equalsTransformers() throws IOException {
        String shared = "golden/templates";
        if (!SharedFolder.isPresent()) {
            // An abandoned factory would not be counted as skipped; an abandoned test is.
            return List.of(DynamicTest.dynamicTest("all", () -> SharedFolder.require(shared)));
        }
        Path folder = SharedFolder.require(shared);
        JsonNode golden = JSON.readTree(Files.readString(folder.resolve("cases.json")));
        Clock clock =
                Clock.fixed(
                        LocalDateTime.parse(golden.get("now").asString()).toInstant(ZoneOffset.UTC),
                        ZoneOffset.UTC);
        List<DynamicNode> templates = new ArrayList<>();
        for (Map.Entry<String, JsonNode> template : golden.get("results").properties()) {
            String source =
                    Files.readString(folder.resolve("jinja/" + template.getKey() + ".jinja"));
            ChatTemplate compiled = ChatTemplates.compile(source, clock);
            List<DynamicTest> tests = new ArrayList<>();
            for (JsonNode conversation : golden.get("cases")) {
                String id = conversation.get("id").asString();
                JsonNode expected = template.getValue().get(id);
                Map<String, @Nullable Object> variables = variables(golden, conversation);
                tests.add(DynamicTest.dynamicTest(id, () -> check(compiled, variables, expected)));
            }
            templates.add(DynamicContainer.dynamicContainer(template.getKey(), tests));
        }
        assertThat(templates).hasSize(49);
        return templates;
    }

    private static Map<String, @Nullable Object> variables(JsonNode golden, JsonNode conversation) {
        Map<String, @Nullable Object> variables = new LinkedHashMap<>();
        variables.put("messages", JSON.treeToValue(conversation.get("messages"), List.class));
        JsonNode tools = conversation.get("tools");
        variables.put("tools", tools == null ? null : JSON.treeToValue(tools, List.class));
        variables.put("documents", null);
        variables.put(
                "add_generation_prompt",
                conversation.path("add_generation_prompt").asBoolean(true));
        variables.put("bos_token", golden.get("bos_token").asString());
        variables.put("eos_token", golden.get("eos_token").asString());
        for (Map.Entry<String, JsonNode> extra : conversation.path("kwargs").properties()) {
            variables.put(extra.getKey(), JSON.treeToValue(extra.getValue(), Object.class));
        }
        return variables;
    }

    /// A refusal of the template's own has exactly its text. Other errors are Python's, where an engine may be more
    /// lenient; this one is not, so their texts are checked too, after the line number.
    private static void check(
            ChatTemplate template, Map<String, @Nullable Object> variables, JsonNode expected) {
        if (expected.has("text")) {
            assertThat(template.render(variables)).isEqualTo(expected.get("text").asString());
            return;
        }
        boolean isRefusal = expected.get("error_type").asString().equals("raise_exception");
        String message = expected.get("error").asString();
        assertThatThrownBy(() -> template.render(variables))
                .isInstanceOfSatisfying(
                        ModelException.class,
                        error -> {
                            assertThat(error.code()).isEqualTo(ModelException.Code.TEMPLATE);
                            if (isRefusal) {
                                assertThat(error).hasMessage(message);
                            } else {
                                assertThat(error).hasMessageEndingWith(": " + message);
                            }
                        });
    }
}
