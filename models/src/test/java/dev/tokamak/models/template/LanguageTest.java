package dev.tokamak.models.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tokamak.models.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Small templates, one per corner of the language, with what jinja2 itself wrote for them.
class LanguageTest {

    private static final JsonMapper JSON = new JsonMapper();

    @TestFactory
    List<DynamicTest> render_whenTemplateIsSmall_equalsJinja2() throws IOException {
        try (InputStream file =
                LanguageTest.class.getResourceAsStream("/golden/jinja/language.json")) {
            JsonNode golden = JSON.readTree(Objects.requireNonNull(file));
            Map<String, Object> variables =
                    JSON.convertValue(golden.get("variables"), new TypeReference<>() {});
            List<DynamicTest> tests = new ArrayList<>();
            for (JsonNode example : golden.get("cases")) {
                String source = example.get("source").asString();
                tests.add(DynamicTest.dynamicTest(source, () -> check(source, variables, example)));
            }
            return tests;
        }
    }

    private static void check(String source, Map<String, Object> variables, JsonNode expected) {
        if (expected.has("text")) {
            assertThat(ChatTemplates.compile(source).render(variables))
                    .isEqualTo(expected.get("text").asString());
            return;
        }
        assertThatThrownBy(() -> ChatTemplates.compile(source).render(variables))
                .isInstanceOf(ModelException.class)
                .hasMessage("template line 1: " + expected.get("error").asString());
    }

    @Test
    void render_whenTagIsGeneration_keepsItsVariablesInside() {
        String source =
                "{% set x = 1 %}{% generation %}{% set x = 2 %}{{ x }}{% endgeneration %}{{ x }}";
        assertThat(ChatTemplates.compile(source).render(Map.of())).isEqualTo("21");
    }

    @Test
    void strftimeNow_whenClockIsGiven_writesItsTime() {
        Clock clock = Clock.fixed(Instant.parse("2025-03-09T04:05:06.789Z"), ZoneOffset.UTC);
        String source =
                "{{ strftime_now('%Y-%m-%d %H:%M:%S %d %B %b %A %a %y %j %I %p %-d %e %F %T %f %% %q') }}";
        assertThat(ChatTemplates.compile(source, clock).render(Map.of()))
                .isEqualTo(
                        "2025-03-09 04:05:06 09 March Mar Sunday Sun 25 068 04 AM 9  9 2025-03-09 04:05:06 789000 % %q");
    }
}
