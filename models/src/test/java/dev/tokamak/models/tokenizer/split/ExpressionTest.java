package dev.tokamak.models.tokenizer.split;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tokamak.models.ModelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExpressionTest {

    private static String matches(String expression, String text) {
        int[] codePoints = CodePoints.of(text);
        List<String> found = new ArrayList<>();
        Expression.compile(expression)
                .forEachMatch(
                        codePoints,
                        0,
                        codePoints.length,
                        (start, end) -> found.add(new String(codePoints, start, end - start)));
        return String.join("|", found);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '"',
            value = {
                "a+ ~ baac a ~ aa|a",
                "(?i:'s|'LL) ~ x'S y'll ~ 'S|'ll",
                "a(?i)b|c ~ aB C ac ~ aB|ac",
                "(?:ab){2,3} ~ abababab ~ ababab",
                "a{,2} ~ aaab ~ aa|a|",
                "a{2}? ~ aaa ~ aa|",
                "a+? ~ aa ~ a|a",
                "a++a ~ aaa ~ ''",
                "(?>a|ab)c ~ abc ac ~ ac",
                "a(?!b) ~ abac ~ a",
                "(?<=a|bc)x ~ ax bcx cx ~ x|x",
                "(?<!a)x ~ ax bx ~ x",
                "[^(\\s|[.,])]+ ~ a(b, c.d ~ a|b|c|d",
                "[\\p{L}&&[^\\p{Han}]]+ ~ ab漢字cd ~ ab|cd",
                "[[:alpha:]_]+ ~ a_é1 ~ a_é",
                "\\p{Lu}\\p{Ll}* ~ ÉaBc ~ Éa|Bc",
                "\\P{L}+ ~ a12b ~ 12",
                "\\p{^L}+ ~ a12b ~ 12",
                "[\\x{4e00}-\\u9fa5]+ ~ a一龥b ~ 一龥",
                "\\d{1,3}(?=(?:\\d{3})*\\b) ~ 1234567 89a ~ 1|234|567",
                "\\bx ~ x ax -x ~ x|x",
                "a{x} ~ a{x} ~ a{x}",
                "[]a] ~ a]b ~ a|]",
                "[a-] ~ a-b ~ a|-",
                "(?<word>a)(?#why)b ~ ab ~ ab",
            })
    void forEachMatch_ofKnownSyntax_findsWhatOnigurumaFinds(
            String expression, String text, String found) {
        assertThat(matches(expression, text))
                .isEqualTo("''".equals(found) || found == null ? "" : found);
    }

    @Test
    void forEachMatch_ofSpace_knowsAllOfUnicode() {
        assertThat(matches("\\s+", "a\u00a0\u2003\u0085\u3000b")).hasSize(4);
        assertThat(matches("\\S+", "a\u00a0b")).isEqualTo("a|b");
        assertThat(matches("\\w+", "é_\u0301٣-a")).isEqualTo("é_\u0301٣|a");
    }

    @Test
    void forEachMatch_atLineEnds_isAtEveryLine() {
        assertThat(matches("^a|b$", "ab\nab")).isEqualTo("a|b|a|b");
        assertThat(matches("\\Aa|b\\z|c\\Z", "ab\nab")).isEqualTo("a|b");
        assertThat(matches("c\\Z", "c\n")).isEqualTo("c");
    }

    /// What Java's own expressions mean the same by.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "[ab]+c?|c",
                "(?:a|bc)*c",
                "a(?=b)|b(?!c)|c",
                "(?:ab?){1,3}",
                "(a|b)(?:b|c)?a",
                "(?<=b)a|(?<!a)c+",
                "a*?b",
                "(?>a+)b|a",
                "[^a]{2,}",
                "(?:a|ab)(?:c|bcd)?",
            })
    void forEachMatch_whenRandomTexts_findsWhatJavaFinds(String expression) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(20); i > 0; i--) {
                text.append((char) ('a' + random.nextInt(4)));
            }
            List<String> expected = new ArrayList<>();
            Matcher matcher = Pattern.compile(expression).matcher(text);
            int lastEnd = -1;
            while (matcher.find()) {
                if (matcher.end() > matcher.start() || matcher.start() != lastEnd) {
                    expected.add(matcher.group());
                }
                lastEnd = matcher.end();
            }
            assertThat(matches(expression, text.toString()))
                    .as("seed %d, text %s", seed, text)
                    .isEqualTo(String.join("|", expected));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(",
                ")",
                "a)",
                "[",
                "[]",
                "[a",
                "*a",
                "(?=a",
                "(?x)a",
                "\\1",
                "\\k<a>",
                "(?<=a+)b",
                "(a*)*",
                "(?:a?)+",
                "\\p{Klingon}",
                "\\p",
                "[z-a]",
                "a{3,2}",
                "a{5000}",
                "\\",
                "\\x{}",
                "((((a{200}){200}){200}){200})",
                "[[:nix:]]",
                "\\x{FFFFFF}",
                "(?<a",
                "\\K"
            })
    void compile_ofWhatCannotBeUsed_namesIt(String expression) {
        assertThatThrownBy(() -> Expression.compile(expression))
                .isInstanceOfSatisfying(
                        ModelException.class,
                        e -> assertThat(e.code()).isEqualTo(ModelException.Code.UNSUPPORTED))
                .hasMessageContaining("regular expression");
    }

    @Test
    void compile_ofDeepNesting_isRefused() {
        for (String open : List.of("(", "[", "(?=", "(?>")) {
            assertThatThrownBy(() -> Expression.compile(open.repeat(1000)))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("deep");
        }
        assertThatThrownBy(() -> Expression.compile("a".repeat(30_000)))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("30000");
    }

    @ParameterizedTest
    @ValueSource(strings = {"(a|a)+$", "(a|aa)+b", "(?:a+)+b", "(?=(?:a+)+b)", "(?:a{1,9}){1,9}b"})
    void forEachMatch_ofCatastrophicExpression_failsSoon(String expression) {
        assertThatThrownBy(() -> matches(expression, "a".repeat(200) + "c"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("steps");
    }

    @Test
    void forEachMatch_ofLongRuns_isNotLimited() {
        String text = " ".repeat(200_000) + "x".repeat(200_000) + "1".repeat(200_000);
        assertThat(matches(Expressions.GPT_4O, text).replace("|", "")).isEqualTo(text);
        assertThat(matches("(?:\\p{L}\\p{M}*)+", text)).hasSize(200_000);
    }
}
