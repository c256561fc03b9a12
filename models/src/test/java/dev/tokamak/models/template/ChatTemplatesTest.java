package dev.tokamak.models.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tokamak.models.ErrorCategory;
import dev.tokamak.models.ModelException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ChatTemplatesTest {

    private static String render(String source) {
        return ChatTemplates.compile(source).render(Map.of());
    }

    private static void assertFails(String source, String message) {
        assertThatThrownBy(() -> render(source))
                .isInstanceOfSatisfying(
                        ModelException.class,
                        error -> {
                            assertThat(error.code()).isEqualTo(ModelException.Code.TEMPLATE);
                            assertThat(error.category()).isEqualTo(ErrorCategory.USER);
                        })
                .hasMessageContaining(message);
    }

    @Test
    void render_whenValuesAreJava_printsThemAsPython() {
        Map<String, Object> variables =
                Map.of(
                        "small",
                        7,
                        "big",
                        new BigInteger("123456789012345678901234567890"),
                        "decimal",
                        new BigDecimal("2.50"),
                        "single",
                        0.5f,
                        "flag",
                        true,
                        "list",
                        Arrays.asList(1L, null, "x"));
        String source = "{{ small }} {{ big }} {{ decimal }} {{ single }} {{ flag }} {{ list }}";
        assertThat(ChatTemplates.compile(source).render(variables))
                .isEqualTo("7 123456789012345678901234567890 2.5 0.5 True [1, None, 'x']");
    }

    @Test
    void render_whenVariableIsOfUnknownType_failsNamingIt() {
        ChatTemplate template = ChatTemplates.compile("{{ x }}");
        assertThatThrownBy(() -> template.render(Map.of("x", Thread.State.NEW)))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("variable 'x' holds a java.lang.Thread$State");
    }

    @Test
    void render_whenVariableContainsItself_failsNamingTheLimit() {
        List<Object> list = new ArrayList<>();
        list.add(list);
        ChatTemplate template = ChatTemplates.compile("{{ x }}");
        assertThatThrownBy(() -> template.render(Map.of("x", list)))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("variable 'x' exceeds the limit of 200 nested levels");
    }

    @Test
    void render_whenTemplateRaises_failsWithItsOwnMessage() {
        assertThatThrownBy(() -> render("{{ raise_exception('roles must alternate') }}"))
                .isInstanceOf(ModelException.class)
                .hasMessage("roles must alternate");
    }

    @Test
    void render_whenStatementFails_namesItsLine() {
        assertFails(
                "a\n{% if true %}\n{{ 1 + 'x' }}\n{% endif %}",
                "template line 3: unsupported operand");
        assertFails(
                "{% macro m() %}\n{{ nothing.x }}\n{% endmacro %}\n\n{{ m() }}",
                "line 2: 'nothing' is undefined");
        assertFails(
                "{% macro m() %}\n\n{% endmacro %}\n{{ m() ~ 1 / 0 }}", "line 4: division by zero");
        assertFails("\n{{ 'x'|nosuch }}", "line 2: No filter named 'nosuch' found.");
        assertFails("\n\n{{ 'x' is nosuch }}", "line 3: No test named 'nosuch' found.");
    }

    @Test
    void compile_whenTemplateIsMalformed_namesTheLine() {
        assertFails("a\n{% if x %}\nb", "template line 3: unexpected end of template");
        assertFails("\n{% frobnicate %}", "template line 2: unknown tag 'frobnicate'");
        assertFails(
                "\n{{ 1 + }}",
                "template line 2: expected an expression, got end of print statement");
        assertFails("{{ 'abc }}", "template line 1: missing end of string");
        assertFails("{{ (1, 2] }}", "unexpected ']', expected ')'");
        assertFails("{{ a ? b }}", "unexpected character '?'");
        assertFails("{# never closed", "missing end of comment");
        assertFails("{% raw %} x", "missing end of raw block");
        assertFails("{{ x", "expected '}}'");
        assertFails("{% break %}", "'break' outside of a loop");
        assertFails("{% for x in y recursive %}{% endfor %}", "recursive loops are not supported");
        assertFails("{{ f(a=1, 2) }}", "a positional argument follows");
        assertFails("{{ '\\uD8' }}", "is not a character code of 4 digits");
        assertFails("{% endfor %}", "unknown tag 'endfor'");
    }

    @Test
    void render_whenTextGrowsWithoutEnd_failsNamingTheLimit() {
        String doubling =
                "{% set ns = namespace(t='abcdefgh') %}{% for i in range(99) %}{% set ns.t = ns.t OP ns.t %}{% endfor %}";
        assertFails(doubling.replace("OP", "+"), "exceeds the limit of 16777216");
        assertFails(doubling.replace("OP", "~"), "exceeds the limit of 16777216");
        assertFails("{{ 'x' * 100000000000 }}", "exceeds the limit of 16777216");
        assertFails("{{ 'x'.center(100000000000) }}", "exceeds the limit of 16777216");
        assertFails("{{ 'ab'|indent(100000000000, true) }}", "exceeds the limit of 16777216");
        assertFails("{{ '%99999999s' % 'x' }}", "a width of 99999999 exceeds the limit of 10000");
        assertFails(
                "{% set s = 'x' * 1000000 %}{{ s.replace('x', s) }}",
                "exceeds the limit of 16777216");
        assertFails(
                "{% set s = 'x' * 1000000 %}{% for i in range(99) %}{{ s }}{% endfor %}",
                "exceeds the limit of 16777216");
        assertFails(
                "{% set s = 'x' * 10000000 %}{% for i in range(99) %}{% set t = s + 'y' %}{% endfor %}",
                "exceed the limit of 134217728 characters in total");
    }

    @Test
    void render_whenCollectionsGrowWithoutEnd_failsNamingTheLimit() {
        assertFails("{{ [1] * 100000000000 }}", "exceed the limit");
        assertFails("{{ range(100000000)|length }}", "a range exceeds the limit of 100000 numbers");
        String shared =
                "{% set ns = namespace(a=[1]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}";
        assertFails(shared + "{{ ns.a }}", "exceeds the limit");
        assertThat(render(shared + "{{ ns.a in {} }}{{ {}[ns.a] }}{{ {}.get(ns.a) }}"))
                .isEqualTo("FalseNone");
        assertFails(shared + "{{ ns.a|tojson }}", "exceeds the limit");
        assertFails(
                shared + "{% set x = ns.a %}{{ [ns.a, 1] == [[x[0], [x[1][0], x[1][1]]], 2] }}",
                "limit");
    }

    @Test
    void render_whenWorkNeverEnds_failsNamingTheLimit() {
        String loops =
                "{% set r = range(99999) %}{% for a in r %}{% for b in r %}{% endfor %}{% endfor %}";
        assertFails(loops, "rendering exceeds the limit of 20000000 steps");
        assertFails(
                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
                "macro calls exceed the limit of 100 levels");
        String search = "{% set s = 'a' * 8000000 %}{% set n = 'a' * 4000000 ~ 'b' %}{{ n in s }}";
        assertThat(render(search)).isEqualTo("False");
        assertFails(
                "{% set s = 'a' * 8000000 %}{% for i in range(9999) %}{{ 'b' in s }}{% endfor %}",
                "limit of 20000000 steps");
        assertFails("{{ 7 ** 99999999999 }}", "a power exceeds the limit of 4096 bits");
        assertFails(
                "{{ ('9' * 5000)|int }}", "an integer of 5000 digits exceeds the limit of 1000");
    }

    @Test
    void render_whenNestingIsDeep_failsNamingTheLimit() {
        assertFails(
                "{{ " + "(".repeat(5000) + "1" + ")".repeat(5000) + " }}",
                "exceeds the limit of 200 nested levels");
        assertFails("{{ " + "not ".repeat(5000) + "1 }}", "exceeds the limit of 200 nested levels");
        assertFails("{{ " + "-".repeat(5000) + "1 }}", "exceeds the limit of 200 nested levels");
        assertFails("{% if 1 %}".repeat(5000), "blocks exceed the limit of 200 nested levels");
        assertFails("{{ 1" + " + 1".repeat(200_000) + " }}", "nest too deeply");
        String nested =
                "{% set ns = namespace(a=[]) %}{% for i in range(999) %}{% set ns.a = [ns.a] %}{% endfor %}";
        assertFails(nested + "{{ ns.a }}", "a value exceeds the limit of 200 nested levels");
        assertFails(
                "x".repeat(1 << 21),
                "a template of 2097152 characters exceeds the limit of 1048576");
    }

    @Test
    void render_whenTemplateChangesAList_refuses() {
        assertFails(
                "{% set a = [] %}{% set _ = a.append(1) %}",
                "access to attribute 'append' of 'list' object is unsafe.");
        assertFails(
                "{% set a = {} %}{% set _ = a.update(x=1) %}",
                "access to attribute 'update' of 'dict' object is unsafe.");
    }

    @Test
    void render_whenRunByManyThreads_givesEachItsOwnText() {
        ChatTemplate template =
                ChatTemplates.compile(
                        "{% set ns = namespace(n=0) %}{% for i in range(n) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}");
        List<Integer> sizes = IntStream.range(0, 200).boxed().toList();
        List<String> texts =
                sizes.parallelStream().map(n -> template.render(Map.of("n", n))).toList();
        assertThat(texts)
                .isEqualTo(sizes.stream().map(n -> String.valueOf(n * (n - 1) / 2)).toList());
    }
}
