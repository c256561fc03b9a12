package dev.tokamak.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tokamak.models.ModelException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TokenizersTest {

    private static final String TOKENS = "tokenizer.ggml.tokens";
    private static final String MERGES = "tokenizer.ggml.merges";

    private static void assertCorrupt(MapVocabulary vocabulary, String... parts) {
        assertThatThrownBy(vocabulary::tokenizer)
                .isInstanceOfSatisfying(
                        ModelException.class,
                        e -> assertThat(e.code()).isEqualTo(ModelException.Code.CORRUPT_FILE))
                .hasMessageContainingAll(parts);
    }

    @Test
    void of_whenModelUnknown_namesItAndTheSupported() {
        assertThatThrownBy(new MapVocabulary().with("tokenizer.ggml.model", "bert")::tokenizer)
                .isInstanceOfSatisfying(
                        ModelException.class,
                        e -> assertThat(e.code()).isEqualTo(ModelException.Code.UNSUPPORTED))
                .hasMessageContainingAll("'bert'", "gpt2", "llama");
    }

    @Test
    void of_whenPreTokenizerUnknown_namesItAndTheSupported() {
        assertThatThrownBy(MapVocabulary.bytePair("klingon")::tokenizer)
                .isInstanceOfSatisfying(
                        ModelException.class,
                        e -> assertThat(e.code()).isEqualTo(ModelException.Code.UNSUPPORTED))
                .hasMessageContainingAll("'klingon'", "gpt-2", "llama-bpe", "qwen2", "deepseek-v3");
    }

    @Test
    void of_whenPartsMissing_saysWhich() {
        assertCorrupt(new MapVocabulary(), "tokenizer.ggml.model", "missing");
        assertCorrupt(MapVocabulary.bytePair("gpt-2").without(TOKENS), TOKENS, "missing");
        assertCorrupt(MapVocabulary.bytePair("gpt-2").with(TOKENS, List.of()), TOKENS, "empty");
        assertCorrupt(MapVocabulary.bytePair("gpt-2").without(MERGES), MERGES, "missing");
    }

    @Test
    void of_whenMergesWrong_namesTheMerge() {
        assertCorrupt(
                MapVocabulary.bytePair("gpt-2").with(MERGES, List.of("a b")), "merge 0", "'ab'");
        assertCorrupt(
                MapVocabulary.bytePair("gpt-2", "ab").with(MERGES, List.of("a b", "ab zz")),
                "merge 1",
                "'zz'");
        assertCorrupt(
                MapVocabulary.bytePair("gpt-2").with(MERGES, List.of("ab")), "merge 0", "blank");
        assertCorrupt(MapVocabulary.bytePair("gpt-2").with(MERGES, List.of("")), "merge 0");
    }

    @Test
    void of_whenTokenTwice_namesBoth() {
        assertCorrupt(MapVocabulary.bytePair("gpt-2", "ab", "ab"), "256", "257", "'ab'");
    }

    @Test
    void of_whenArraysTooShort_namesBothLengths() {
        assertCorrupt(
                MapVocabulary.bytePair("gpt-2").with("tokenizer.ggml.token_type", new int[3]),
                "token_type",
                "3",
                "256");
        assertCorrupt(
                MapVocabulary.sentencePiece("a").with("tokenizer.ggml.scores", new float[5]),
                "scores",
                "5",
                "260");
    }

    @Test
    void of_whenSpecialIdOutOfRange_namesItAndTheLimit() {
        for (long id : new long[] {-1, 256, 4294967295L, Long.MIN_VALUE}) {
            assertCorrupt(
                    MapVocabulary.bytePair("gpt-2").with("tokenizer.ggml.bos_token_id", id),
                    "bos_token_id",
                    Long.toString(id),
                    "255");
        }
        assertCorrupt(
                MapVocabulary.bytePair("gpt-2").with("tokenizer.ggml.eot_token_id", 999L), "999");
    }

    @Test
    void of_whenBosWantedButNotNamed_saysSo() {
        assertCorrupt(MapVocabulary.bytePair("llama-bpe"), "BOS", "bos_token_id");
        assertCorrupt(
                MapVocabulary.bytePair("gpt-2").with("tokenizer.ggml.add_eos_token", true),
                "EOS",
                "eos_token_id");
    }

    @Test
    void of_whenTypeOrScoreOrByteWrong_namesTheToken() {
        assertCorrupt(MapVocabulary.bytePair("gpt-2", "x9").withTypes(Map.of("x9", 7)), "256", "7");
        assertCorrupt(
                MapVocabulary.bytePair("gpt-2", "x9").withTypes(Map.of("x9", 6)), "256", "'x9'");
        float[] scores = new float[260];
        scores[7] = Float.NaN;
        assertCorrupt(
                MapVocabulary.sentencePiece("a").with("tokenizer.ggml.scores", scores),
                "token 7",
                "not a number");
    }

    @Test
    void encode_whenPairsOverlap_mergesByRankThenFromTheLeft() {
        Tokenizer tokenizer =
                MapVocabulary.bytePair("gpt-2", "bc", "ab", "aa")
                        .with(MERGES, List.of("b c", "a b", "a a"))
                        .tokenizer();
        assertThat(tokens(tokenizer, "abc")).containsExactly("a", "bc");
        assertThat(tokens(tokenizer, "aaaaa")).containsExactly("aa", "aa", "a");
        assertThat(tokens(tokenizer, "abab")).containsExactly("ab", "ab");
    }

    @Test
    void encode_whenSpecialTokensOverlap_takesTheLongest() {
        Tokenizer tokenizer =
                MapVocabulary.bytePair("gpt-2", "<a>", "<a><b>", "<b>x")
                        .withTypes(Map.of("<a>", 3, "<a><b>", 3, "<b>x", 4))
                        .tokenizer();
        assertThat(tokenizer.encode("<a><b>x", false, true)).containsExactly(257, 'x');
        assertThat(tokens(tokenizer, "<b>x")).containsExactly("<b>x");
        assertThat(tokens(tokenizer, "<a>")).containsExactly("<", "a", ">");
    }

    @Test
    void encode_whenHalfASurrogatePair_encodesTheReplacementCharacter() {
        Tokenizer tokenizer = MapVocabulary.bytePair("gpt-2").tokenizer();
        assertThat(tokenizer.encode("\uD83D", false, false)).containsExactly(0xEF, 0xBF, 0xBD);
        Tokenizer pieces = MapVocabulary.sentencePiece("\uFFFD").tokenizer();
        assertThat(tokens(pieces, "\uDE00")).endsWith("\uFFFD");
    }

    @Test
    void encode_whenOneWordOfAMegabyte_mergesAll() {
        Tokenizer tokenizer =
                MapVocabulary.bytePair("gpt-2", "aa", "aaaa", "aaaaaaaa")
                        .with(MERGES, List.of("a a", "aa aa", "aaaa aaaa"))
                        .tokenizer();
        assertThat(tokenizer.encode("a".repeat(1 << 20), false, false)).hasSize(1 << 17);
        Tokenizer pieces = MapVocabulary.sentencePiece("a", "aa", "aaaa", "aaaaaaaa").tokenizer();
        assertThat(pieces.encode("a".repeat(1 << 20), false, false)).hasSize((1 << 17) + 3);
    }

    @Test
    void encode_whenCharacterHasNoPiece_givesItsBytes() {
        Tokenizer tokenizer = MapVocabulary.sentencePiece("\u2581", "a", "\u2581a").tokenizer();
        assertThat(tokens(tokenizer, "aé")).containsExactly("\u2581a", "<0xC3>", "<0xA9>");
        assertThat(tokenizer.decode(tokenizer.encode("aé a", true, false), false))
                .isEqualTo("aé a");
    }

    @Test
    void encode_whenNoSpacePrefix_addsNone() {
        Tokenizer tokenizer =
                MapVocabulary.sentencePiece("\u2581", "a", "\u2581a")
                        .with("tokenizer.ggml.add_space_prefix", false)
                        .tokenizer();
        assertThat(tokens(tokenizer, "a a")).containsExactly("a", "\u2581a");
        assertThat(tokenizer.decode(new int[] {261}, false)).isEqualTo(" a");
    }

    @Test
    void encode_whenBosAndEosAdded_addsThemOnce() {
        Tokenizer tokenizer =
                MapVocabulary.bytePair("gpt-2", "<s>", "<e>")
                        .withTypes(Map.of("<s>", 3, "<e>", 3))
                        .with("tokenizer.ggml.bos_token_id", 256)
                        .with("tokenizer.ggml.eos_token_id", 257)
                        .with("tokenizer.ggml.add_bos_token", true)
                        .with("tokenizer.ggml.add_eos_token", true)
                        .tokenizer();
        assertThat(tokenizer.encode("", true, true)).containsExactly(256, 257);
        assertThat(tokenizer.encode("<s>", false, true)).containsExactly(256);
        assertThat(tokenizer.isEndOfGeneration(257)).isTrue();
        assertThat(tokenizer.isEndOfGeneration(-1)).isFalse();
        assertThat(tokenizer.isControl(256)).isTrue();
        assertThat(tokenizer.isControl(1 << 20)).isFalse();
    }

    @Test
    void bytes_whenNoSuchToken_namesItAndTheLimit() {
        Tokenizer tokenizer = MapVocabulary.bytePair("gpt-2").tokenizer();
        for (int token : new int[] {-1, 256, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> tokenizer.bytes(token, true))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContainingAll(Integer.toString(token), "255");
        }
    }

    private static List<String> tokens(Tokenizer tokenizer, String text) {
        return java.util.Arrays.stream(tokenizer.encode(text, false, false))
                .mapToObj(tokenizer::token)
                .toList();
    }
}
