package dev.tokamak.models.tokenizer.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.SharedFolder;
import dev.tokamak.models.gguf.GgufFile;
import dev.tokamak.models.tokenizer.Tokenizer;
import dev.tokamak.models.tokenizer.split.CodePoints;
import dev.tokamak.models.tokenizer.split.IntList;
import dev.tokamak.models.tokenizer.split.PreTokenizer;
import dev.tokamak.models.tokenizer.split.PreTokenizers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

class HuggingFaceVocabularyTest {

    private static final List<String> CONTROL = List.of("<s>", "</s>");

    @TempDir Path directory;

    private static JsonNode json(Path path) {
        try {
            return TokenizerFiles.MAPPER.readTree(Files.readAllBytes(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What llama.cpp's converter wrote for the same directories. We say of BOS and EOS also that there are none.
    @ParameterizedTest
    @ValueSource(strings = {"llama", "gemma3", "qwen3", "deepseek3", "bert"})
    void addTo_ofModelDirectory_equalsTheGgufFile(String name) {
        Path folder = SharedFolder.require("golden/architectures/" + name);
        VocabularyFile target = VocabularyFile.of(folder.resolve("hf"));
        try (GgufFile file = GgufFile.open(folder.resolve("model.gguf"))) {
            var metadata = file.metadata();
            for (String key : metadata.keys()) {
                if (!key.startsWith("tokenizer.")
                        || (key.endsWith(".pre") && "bert".equals(name))) {
                    continue;
                }
                assertThat(target.metadata().type(key)).as(key).isEqualTo(metadata.type(key));
                assertThat(target.metadata().value(key)).as(key).isEqualTo(metadata.value(key));
                if (key.endsWith(".tokens") || key.endsWith(".merges")) {
                    assertThat(target.metadata().strings(key)).isEqualTo(metadata.strings(key));
                } else if (key.endsWith(".token_type")) {
                    assertThat(target.metadata().integers(key)).isEqualTo(metadata.integers(key));
                }
            }
        }
    }

    private static List<Map.Entry<String, String>> names() {
        List<Map.Entry<String, String>> names = new ArrayList<>();
        names.addAll(PreTokenizerNames.NAMES.entrySet());
        names.addAll(PreTokenizerNames.WHOLE_WORDS.entrySet());
        return names;
    }

    /// Whatever the description means to us must be what the name means to us.
    @ParameterizedTest
    @MethodSource("names")
    void find_ofKnownSteps_namesAPreTokenizerThatCutsAlike(Map.Entry<String, String> known) {
        JsonNode node = preTokenizer(known.getKey());
        boolean wholeWords =
                PreTokenizerNames.WHOLE_WORDS.containsKey(known.getKey())
                        && known.getValue()
                                .equals(PreTokenizerNames.WHOLE_WORDS.get(known.getKey()));
        assertThat(PreTokenizerNames.find(node, wholeWords)).isEqualTo(known.getValue());
        String mixed =
                json(Path.of(
                                System.getProperty("tokamak.root", ".."),
                                "models/src/test/resources/tokenizers/pre-tokenizers.json"))
                        .get("text")
                        .stringValue();
        // DeepSeek's ranges hold blanks beyond ASCII, which GGUF's reference takes out of them.
        String text =
                known.getValue().startsWith("deepseek-")
                        ? mixed.replaceAll("[\\s\u0085\\p{Z}&&[^\\x00-\\x7F]]", " ")
                        : mixed;
        List<Piece> words = new ArrayList<>();
        Cutters.read(node).cut(new Piece(text, true), words);
        assertThat(words.stream().map(Piece::text))
                .containsExactlyElementsOf(
                        words(PreTokenizers.named(known.getValue()).orElseThrow(), text));
    }

    private static List<String> words(PreTokenizer preTokenizer, String text) {
        int[] codePoints = CodePoints.of(text);
        IntList ends = preTokenizer.wordEnds(codePoints);
        List<String> words = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < ends.size(); i++) {
            words.add(Normalisers.byteLevel(new String(codePoints, from, ends.at(i) - from)));
            from = ends.at(i);
        }
        return words;
    }

    private static JsonNode preTokenizer(String steps) {
        ObjectNode node = TokenizerFiles.MAPPER.createObjectNode().put("type", "Sequence");
        ArrayNode array = node.putArray("pretokenizers");
        for (String step : steps.split("\n")) {
            ObjectNode part = array.addObject();
            if (step.startsWith("split ")) {
                part.put("type", "Split").put("behavior", "Isolated");
                part.putObject("pattern").put("Regex", step.substring(6));
            } else if (step.startsWith("digits")) {
                part.put("type", "Digits").put("individual_digits", step.endsWith("one by one"));
            } else if (step.startsWith("punctuation")) {
                part.put("type", "Punctuation").put("behavior", step.substring(12));
            } else {
                part.put("type", "ByteLevel")
                        .put("add_prefix_space", false)
                        .put("use_regex", step.endsWith("gpt-2"));
            }
        }
        return node;
    }

    @Test
    void addTo_whenPreTokenizerUnknown_namesItsExpressions() {
        TokenizerFiles files =
                new TokenizerFiles("BPE")
                        .vocabulary(List.of("a"))
                        .merges(List.of())
                        .part(
                                "pre_tokenizer",
                                TokenizerFiles.split("my[expression]", "Isolated"),
                                TokenizerFiles.BYTE_LEVEL.formatted(false));
        TokenizerFiles.write(directory, "tokenizer.json", files.toBytes());
        assertThatThrownBy(() -> VocabularyFile.of(directory))
                .isInstanceOfSatisfying(
                        ModelException.class,
                        e -> assertThat(e.code()).isEqualTo(ModelException.Code.UNSUPPORTED))
                .hasMessageContainingAll("my[expression]", "bytes");
    }

    @Test
    void addTo_ofBytePairs_givesTheSameIds() {
        List<String> tokens = new ArrayList<>(CONTROL);
        for (int value = 0; value < 256; value++) {
            tokens.add(
                    Character.toString(
                            dev.tokamak.models.tokenizer.segment.ByteAlphabet.character(
                                    (byte) value)));
        }
        tokens.addAll(List.of("ab", "\u0120ab", "[tool]"));
        TokenizerFiles files =
                new TokenizerFiles("BPE")
                        .vocabulary(tokens)
                        .mergePairs(List.of(new String[] {"a", "b"}, new String[] {"\u0120", "ab"}))
                        .added(0, "<s>", "'special':true")
                        .added(1, "</s>", "'special':true")
                        .added(260, "[tool]", "'special':false")
                        .part("pre_tokenizer", TokenizerFiles.BYTE_LEVEL.formatted(true))
                        .part("decoder", TokenizerFiles.BYTE_LEVEL.formatted(true))
                        .part("post_processor", template("<s>", 0));
        config(
                "'model_max_length':1,'chat_template':[{'name':'default','template':'D'},{'name':'rag','template':'R'}]");
        TokenizerFiles.write(directory, "config.json", "{'vocab_size':264}");
        TokenizerFiles.write(directory, "generation_config.json", "{'eos_token_id':[1,9]}");
        Tokenizer expected = files.load(directory).tokenizer();
        VocabularyFile target = VocabularyFile.of(directory);
        assertThat(target.text("model")).isEqualTo("gpt2");
        assertThat(target.text("pre")).isEqualTo("gpt-2");
        assertThat(target.number("bos_token_id")).isEqualTo(0);
        assertThat(target.number("eos_token_id")).isEqualTo(1);
        assertThat(target.number("eot_token_id")).isEqualTo(9);
        assertThat(target.flag("add_bos_token")).isEqualTo(true);
        assertThat(target.flag("add_eos_token")).isEqualTo(false);
        assertThat(target.metadata().integers("tokenizer.ggml.token_type"))
                .hasSize(264)
                .endsWith(1, 4, 5, 5, 5);
        assertThat(target.metadata().string("tokenizer.chat_template")).hasValue("D");
        assertThat(target.metadata().string("tokenizer.chat_template.rag")).hasValue("R");
        assertSameIds(target, expected);
    }

    private void config(String more) {
        TokenizerFiles.write(
                directory,
                "tokenizer_config.json",
                "{'bos_token':'<s>','eos_token':{'content':'</s>'},%s}".formatted(more));
    }

    private static String template(String token, int id) {
        return "{'type':'TemplateProcessing','single':[{'SpecialToken':{'id':'%1$s'}},{'Sequence':{'id':'A'}}],'special_tokens':{'%1$s':{'ids':[%2$d]}}}"
                .formatted(token, id);
    }

    private void assertSameIds(VocabularyFile target, Tokenizer expected) {
        Tokenizer tokenizer = target.tokenizer();
        for (String text : List.of("", "ab ab", " abab  x \u00e9[tool]</s>", "<s>ab", "\u4f60 a")) {
            assertThat(tokenizer.encode(text, true, true))
                    .as(text)
                    .containsExactly(expected.encode(text, true, true));
            assertThat(tokenizer.encode(text, false, false))
                    .as(text)
                    .containsExactly(expected.encode(text, false, false));
        }
        assertThat(tokenizer.eosToken()).isEqualTo(expected.eosToken());
    }

    @Test
    void addTo_ofCharacterPairs_makesScoresOfRanks() {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        for (int value = 0; value < 256; value++) {
            tokens.add("<0x%02X>".formatted(value));
        }
        tokens.addAll(List.of("\u2581", "a", "b", "ab", "\u2581ab", "\u2581a", "aba", "[tool]"));
        TokenizerFiles files =
                new TokenizerFiles("BPE")
                        .vocabulary(tokens)
                        .merges(List.of("a b", "\u2581 ab", "\u2581 a", "\u2581a b", "ab a"))
                        .model("byte_fallback", true)
                        .model("unk_token", "<unk>")
                        .added(0, "<unk>", "'special':true,'normalized':false")
                        .added(1, "<s>", "'special':true,'normalized':false")
                        .added(2, "</s>", "'special':true,'normalized':false")
                        .added(266, "[tool]", "'special':true,'normalized':false")
                        .part(
                                "normalizer",
                                "{'type':'Prepend','prepend':'\u2581'}",
                                "{'type':'Replace','pattern':{'String':' '},'content':'\u2581'}")
                        .part("post_processor", template("<s>", 1));
        config("'unk_token':'<unk>'");
        Tokenizer expected = files.load(directory).tokenizer();
        VocabularyFile target = VocabularyFile.of(directory);
        assertThat(target.text("model")).isEqualTo("llama");
        assertThat(target.flag("add_space_prefix")).isEqualTo(true);
        assertThat(target.number("unknown_token_id")).isEqualTo(0);
        assertSameIds(target, expected);
    }

    @Test
    void addTo_ofUnigram_keepsScoresAndMap() {
        TokenizerFiles files =
                new TokenizerFiles("Unigram")
                        .pieces(
                                List.of("<s>", "</s>", "<unk>", "\u2581", "a", "b", "\u2581ab"),
                                new double[] {0, 0, 0, -2, -3, -3, -4})
                        .model("unk_id", 2)
                        .added(0, "<s>", "'special':true")
                        .added(1, "</s>", "'special':true")
                        .added(2, "<unk>", "'special':true")
                        .part(
                                "pre_tokenizer",
                                "{'type':'WhitespaceSplit'}",
                                "{'type':'Metaspace','replacement':'\u2581'}")
                        .part(
                                "post_processor",
                                "{'type':'RobertaProcessing','cls':['<s>',0],'sep':['</s>',1]}");
        config("'unk_token':'<unk>'");
        Tokenizer expected = files.load(directory).tokenizer();
        VocabularyFile target = VocabularyFile.of(directory);
        assertThat(target.text("model")).isEqualTo("t5");
        assertThat(target.metadata().floats("tokenizer.ggml.scores"))
                .containsExactly(0, 0, 0, -2, -3, -3, -4);
        assertThat(target.metadata().integers("tokenizer.ggml.token_type"))
                .containsExactly(3, 3, 2, 1, 1, 1, 1);
        assertThat(target.flag("remove_extra_whitespaces")).isEqualTo(true);
        assertSameIds(target, expected);
        files.part("normalizer", "{'type':'Precompiled','precompiled_charsmap':'BAAAAAAAAAAA'}");
        TokenizerFiles.write(directory, "tokenizer.json", files.toBytes());
        assertThat(
                        VocabularyFile.of(directory)
                                .metadata()
                                .bytes("tokenizer.ggml.precompiled_charsmap"))
                .hasSize(9);
    }

    @Test
    void addTo_ofWhatGgufCannotSay_isRefused() {
        assertRefused(new TokenizerFiles("WordLevel").vocabulary(List.of("[UNK]")), "WordLevel");
        assertRefused(
                new TokenizerFiles("BPE").vocabulary(List.of("a")).merges(List.of()),
                "byte_fallback");
        assertRefused(
                new TokenizerFiles("BPE")
                        .vocabulary(List.of("a"))
                        .part("pre_tokenizer", TokenizerFiles.BYTE_LEVEL.formatted(true))
                        .part("normalizer", "{'type':'Lowercase'}"),
                "Lowercase");
        assertRefused(
                new TokenizerFiles("WordPiece").vocabulary(List.of("[UNK]")), "BertNormalizer");
        TokenizerFiles.write(directory, "config.json", "{'vocab_size':2000000000}");
        TokenizerFiles.write(
                directory,
                "tokenizer.json",
                new TokenizerFiles("WordPiece").vocabulary(List.of("[UNK]")).toBytes());
        assertThatThrownBy(() -> VocabularyFile.of(directory))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("2000000000", "1 tokens");
    }

    private void assertRefused(TokenizerFiles files, String part) {
        TokenizerFiles.write(directory, "tokenizer.json", files.toBytes());
        assertThatThrownBy(() -> VocabularyFile.of(directory))
                .isInstanceOfSatisfying(
                        ModelException.class,
                        e -> assertThat(e.code()).isEqualTo(ModelException.Code.UNSUPPORTED))
                .hasMessageContaining(part);
    }
}
