package dev.tokamak.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tokamak.models.ModelException;
import java.util.Arrays;
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
        assertThatThrownBy(new MapVocabulary().with("tokenizer.ggml.model", "rwkv")::tokenizer)
                .isInstanceOfSatisfying(
                        ModelException.class,
                        e -> assertThat(e.code()).isEqualTo(ModelException.Code.UNSUPPORTED))
                .hasMessageContainingAll("'rwkv'", "gpt2", "llama", "t5", "bert");
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

    @Test
    void encode_whenUnigram_takesTheBestPath() {
        MapVocabulary vocabulary =
                MapVocabulary.unigram(
                        Map.of("\u2581", -4f, "a", -3f, "b", -3f, "ab", -5f, "\u2581a", -6f));
        Tokenizer tokenizer = vocabulary.tokenizer();
        assertThat(tokens(tokenizer, "ab")).containsExactly("ab");
        assertThat(tokens(tokenizer, " a?!b")).containsExactly("\u2581a", "<unk>", "b");
        Tokenizer prefixed =
                vocabulary
                        .with("tokenizer.ggml.add_space_prefix", true)
                        .with("tokenizer.ggml.remove_extra_whitespaces", true)
                        .tokenizer();
        assertThat(tokens(prefixed, "  a   b ")).containsExactly("\u2581a", "\u2581", "b");
        assertThat(prefixed.encode("a", true, false)).hasSize(2).endsWith(1);
        assertThat(prefixed.decode(prefixed.encode("a b", false, false), false)).isEqualTo("a b");
    }

    @Test
    void of_whenCharacterMapDoesNotFit_saysSo() {
        for (byte[] map : new byte[][] {{1}, {9, 0, 0, 0, 1}, {3, 0, 0, 0, 1, 2, 3, 4}}) {
            assertCorrupt(
                    MapVocabulary.unigram(Map.of("a", -1f))
                            .with("tokenizer.ggml.precompiled_charsmap", map),
                    "precompiled_charsmap",
                    map.length + " bytes");
        }
    }

    @Test
    void encode_whenCharacterMapIsNonsense_changesTheTextSomehow() {
        long seed = System.nanoTime();
        java.util.Random random = new java.util.Random(seed);
        for (int round = 0; round < 200; round++) {
            byte[] map = new byte[4 + 4 * 300 + 20];
            random.nextBytes(map);
            map[0] = (byte) (4 * 300);
            map[1] = 4 * 300 >> 8;
            map[2] = 0;
            map[3] = 0;
            Tokenizer tokenizer =
                    MapVocabulary.unigram(Map.of("a", -1f))
                            .with("tokenizer.ggml.precompiled_charsmap", map)
                            .tokenizer();
            assertThat(tokenizer.encode("a text \u00e9\u4f60 \0 z", false, false))
                    .as("seed %d", seed)
                    .isNotNull();
        }
    }

    @Test
    void encode_whenWordPiece_takesTheLongestPieces() {
        Tokenizer tokenizer =
                new MapVocabulary()
                        .with("tokenizer.ggml.model", "bert")
                        .with(
                                "tokenizer.ggml.tokens",
                                List.of(
                                        "[UNK]",
                                        "[CLS]",
                                        "[SEP]",
                                        "\u2581un",
                                        "\u2581u",
                                        "n",
                                        "able",
                                        "\u2581!"))
                        .with("tokenizer.ggml.bos_token_id", 1)
                        .with("tokenizer.ggml.unknown_token_id", 0)
                        .with("tokenizer.ggml.seperator_token_id", 2)
                        .tokenizer();
        assertThat(tokenizer.encode("\u00dcnable!", true, false)).containsExactly(1, 3, 6, 7, 2);
        assertThat(tokenizer.encode("unfit", false, false)).containsExactly(0);
        assertThat(tokenizer.decode(new int[] {3, 6, 7}, false)).isEqualTo(" unable!");
        assertCorrupt(
                new MapVocabulary()
                        .with("tokenizer.ggml.model", "bert")
                        .with("tokenizer.ggml.tokens", List.of("a")),
                "unknown_token_id");
    }

    @Test
    void encode_whenCharactersAreMerged_keepsBlanksAndBytes() {
        MapVocabulary vocabulary =
                MapVocabulary.sentencePiece("a", "\u2581", "\u2581a", "\n", "\n\n")
                        .with("tokenizer.ggml.model", "gemma4")
                        .with(MERGES, List.of("\u2581 a"))
                        .with("tokenizer.ggml.bos_token_id", 1)
                        .with("tokenizer.ggml.add_bos_token", false);
        Tokenizer tokenizer = vocabulary.tokenizer();
        assertThat(tokens(tokenizer, "a a\n\n\u00e9"))
                .containsExactly("a", "\u2581a", "\n\n", "<0xC3>", "<0xA9>");
        assertThat(tokenizer.encode("", true, false)).containsExactly(1);
        assertThat(tokenizer.decode(tokenizer.encode("a a\u00e9", false, false), false))
                .isEqualTo("a a\u00e9");
    }

    private static List<String> tokens(Tokenizer tokenizer, String text) {
        return java.util.Arrays.stream(tokenizer.encode(text, false, false))
                .mapToObj(tokenizer::token)
                .toList();
    }

    @Test
    void encodePair_puttingTokensBetweenTexts_followsTheFile() {
        MapVocabulary plain =
                MapVocabulary.sentencePiece("\u2581a", "\u2581b", "|")
                        .with("tokenizer.ggml.seperator_token_id", 261L);
        assertPair(plain, "<s> \u2581a \u2581b");
        plain.with("tokenizer.ggml.add_eos_token", true);
        assertPair(plain, "<s> \u2581a </s> \u2581b </s>");
        plain.with("tokenizer.ggml.add_sep_token", true);
        assertPair(plain, "<s> \u2581a </s> | \u2581b </s>");
    }

    private static void assertPair(MapVocabulary vocabulary, String expected) {
        Tokenizer tokenizer = vocabulary.tokenizer();
        TokenPair pair = tokenizer.encodePair("a", "b");
        assertThat(Arrays.stream(pair.tokens()).mapToObj(tokenizer::token))
                .containsExactly(expected.split(" "));
        assertThat(tokenizer.token(pair.tokens()[pair.secondStart()])).isEqualTo("\u2581b");
    }
}
