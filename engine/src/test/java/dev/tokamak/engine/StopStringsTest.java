package dev.tokamak.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class StopStringsTest {

    private static List<String> shown(List<String> stops, String... pieces) {
        StopStrings strings = new StopStrings(stops);
        List<String> shown = new ArrayList<>();
        for (String piece : pieces) {
            shown.add(strings.append(piece));
        }
        shown.add(strings.match().map(match -> "[" + match + "]").orElseGet(strings::rest));
        return shown;
    }

    @Test
    void append_whenTextCouldBecomeAStop_holdsTheLongestBeginningBack() {
        assertThat(shown(List.of("END"), "the E", "N", "d E", "ND more", "x"))
                .containsExactly("the ", "", "ENd ", "", "", "[END]");
        assertThat(shown(List.of("aab"), "aa", "a", "b")).containsExactly("", "a", "", "[aab]");
        assertThat(shown(List.of("stop"), "sto")).containsExactly("", "sto");
        assertThat(shown(List.of(), "abc")).containsExactly("abc", "");
    }

    @Test
    void append_whenSeveralStopsMatch_takesTheFirstToEndAndThenTheLongest() {
        assertThat(shown(List.of("abcd", "bc"), "xabcd")).containsExactly("xa", "[bc]");
        assertThat(shown(List.of("b", "ab"), "xab")).containsExactly("x", "[ab]");
    }

    @Test
    void append_whenTextIsCutAnyhow_givesTheSame() {
        long seed = 5;
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 500; i++) {
            StringBuilder text = new StringBuilder();
            for (int k = random.nextInt(30); k >= 0; k--) {
                text.append((char) ('a' + random.nextInt(3)));
            }
            List<String> stops = List.of("abca", "ccb", "bbb");
            StopStrings whole = new StopStrings(stops);
            String expected = whole.append(text.toString()) + whole.rest();
            StopStrings cut = new StopStrings(stops);
            StringBuilder actual = new StringBuilder();
            for (int start = 0; start < text.length(); ) {
                int end = Math.min(text.length(), start + 1 + random.nextInt(4));
                actual.append(cut.append(text.substring(start, end)));
                assertThat(expected).as("seed " + seed).startsWith(actual.toString());
                start = end;
            }
            actual.append(cut.rest());
            assertThat(actual.toString()).as("seed " + seed).isEqualTo(expected);
            assertThat(cut.match()).isEqualTo(whole.match());
        }
    }
}
