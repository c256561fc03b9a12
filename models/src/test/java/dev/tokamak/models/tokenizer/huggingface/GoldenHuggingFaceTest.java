package dev.tokamak.models.tokenizer.huggingface;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.models.SharedFolder;
import dev.tokamak.models.gguf.GgufFile;
import dev.tokamak.models.tokenizer.Tokenizer;
import dev.tokamak.models.tokenizer.Tokenizers;
import dev.tokamak.models.tokenizer.split.Expressions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Tokenizers from Hugging Face files beside those of the same vocabularies in GGUF files.
class GoldenHuggingFaceTest {

    @TempDir Path directory;

    private static JsonNode json(Path path) {
        try {
            return TokenizerFiles.MAPPER.readTree(Files.readAllBytes(path));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static JsonNode extra(String name) {
        return json(SharedFolder.require("golden/tokenizers/" + name + "/extra.json"));
    }

    private static List<String> texts() {
        return extra("llama-bpe")
                .get("cases")
                .valueStream()
                .map(node -> node.get("text").stringValue())
                .toList();
    }

    private static int[] ints(JsonNode array) {
        return array.valueStream().mapToInt(JsonNode::intValue).toArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "qwen3", "gemma3"})
    void encode_whenModelDirectory_equalsTheGgufFile(String name) {
        Path folder = SharedFolder.require("golden/architectures/" + name);
        Tokenizer expected;
        try (GgufFile file = GgufFile.open(folder.resolve("model.gguf"))) {
            expected = Tokenizers.load(file);
        }
        Tokenizer tokenizer = HuggingFaceTokenizers.load(folder.resolve("hf")).tokenizer();
        assertThat(tokenizer.vocabularySize()).isEqualTo(expected.vocabularySize());
        assertThat(tokenizer.eosToken()).isEqualTo(expected.eosToken());
        for (String text : texts()) {
            int[] ids = expected.encode(text, false, true);
            assertThat(tokenizer.encode(text, false, true)).as(text).containsExactly(ids);
            assertThat(tokenizer.encode(text, false, false))
                    .as(text)
                    .containsExactly(expected.encode(text, false, false));
            assertThat(tokenizer.decode(ids, true)).isEqualTo(expected.decode(ids, true));
        }
    }

    @Test
    void encode_whenBertDirectory_givesItsIds() {
        Path folder = SharedFolder.require("golden/architectures/bert");
        Tokenizer tokenizer = HuggingFaceTokenizers.load(folder.resolve("hf")).tokenizer();
        JsonNode cases = json(folder.resolve("expected.json")).get("tokenize");
        assertThat(cases).isNotEmpty();
        for (JsonNode node : cases) {
            assertThat(tokenizer.encode(node.get("text").stringValue(), true, false))
                    .containsExactly(ints(node.get("tokens_tokenizers")));
        }
        assertThat(tokenizer.decode(tokenizer.encode("Hello, test!", true, false), false))
                .isEqualTo("hello, test!");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt-2", "starcoder", "qwen2", "llama-bpe", "deepseek-llm"})
    void encode_whenSameVocabulary_givesTheGoldenIds(String name) {
        TokenizerFiles files = new TokenizerFiles("BPE");
        try (GgufFile file =
                GgufFile.open(SharedFolder.require("golden/tokenizers/" + name + "/vocab.gguf"))) {
            List<String> tokens = file.metadata().strings("tokenizer.ggml.tokens");
            int[] types = file.metadata().integers("tokenizer.ggml.token_type");
            files.vocabulary(tokens).merges(file.metadata().strings("tokenizer.ggml.merges"));
            for (int id = 0; id < types.length; id++) {
                // llama.cpp takes this one for a control token wherever it occurs.
                if (types[id] != 1 || "</s>".equals(tokens.get(id))) {
                    files.added(
                            id,
                            tokens.get(id),
                            "'special':%s,'normalized':false".formatted(types[id] != 4));
                }
            }
        }
        files.part("pre_tokenizer", preTokenizer(name))
                .part("decoder", TokenizerFiles.BYTE_LEVEL.formatted(true))
                .model("ignore_merges", "llama-bpe".equals(name));
        checkCases(name, files.load(directory).tokenizer());
    }

    private static String[] preTokenizer(String name) {
        String bytes = TokenizerFiles.BYTE_LEVEL.formatted(false);
        return switch (name) {
            case "gpt-2" -> new String[] {TokenizerFiles.BYTE_LEVEL.formatted(true)};
            case "starcoder" ->
                    new String[] {
                        "{'type':'Digits','individual_digits':true}",
                        TokenizerFiles.BYTE_LEVEL.formatted(true)
                    };
            case "qwen2" ->
                    new String[] {TokenizerFiles.split(Expressions.QWEN_2, "Isolated"), bytes};
            case "llama-bpe" ->
                    new String[] {TokenizerFiles.split(Expressions.LLAMA_3, "Isolated"), bytes};
            default ->
                    new String[] {
                        TokenizerFiles.split("[\r\n]", "Isolated"),
                        TokenizerFiles.split(Expressions.DEEPSEEK_CASED, "Isolated"),
                        TokenizerFiles.split(Expressions.DEEPSEEK_MARKS, "Isolated"),
                        TokenizerFiles.split("\\s+$", "Isolated"),
                        TokenizerFiles.split(Expressions.DEEPSEEK_IDEOGRAPHS, "Isolated"),
                        "{'type':'Digits','individual_digits':false}",
                        bytes
                    };
        };
    }

    private static void checkCases(String name, Tokenizer tokenizer) {
        for (JsonNode node : extra(name).get("cases")) {
            String text = node.get("text").stringValue();
            JsonNode parsed = node.get("tokens_parse_special");
            assertThat(tokenizer.encode(text, false, false))
                    .as("'%s'", text)
                    .containsExactly(ints(node.get("tokens")));
            assertThat(tokenizer.encode(text, false, true))
                    .as("'%s'", text)
                    .containsExactly(ints(parsed == null ? node.get("tokens") : parsed));
        }
    }

    /// Merges that follow the scores, as converters of SentencePiece models make them.
    @Test
    void encode_whenSentencePieceVocabulary_givesTheGoldenIds() {
        TokenizerFiles files = new TokenizerFiles("BPE");
        try (GgufFile file =
                GgufFile.open(SharedFolder.require("golden/tokenizers/llama-spm/vocab.gguf"))) {
            List<String> tokens = file.metadata().strings("tokenizer.ggml.tokens");
            float[] scores = file.metadata().floats("tokenizer.ggml.scores");
            files.vocabulary(tokens).mergePairs(merges(tokens, scores));
        }
        Tokenizer tokenizer =
                files.model("byte_fallback", true)
                        .model("fuse_unk", true)
                        .model("unk_token", "<unk>")
                        .part(
                                "normalizer",
                                "{'type':'Prepend','prepend':'\u2581'}",
                                "{'type':'Replace','pattern':{'String':' '},'content':'\u2581'}")
                        .part(
                                "decoder",
                                "{'type':'Replace','pattern':{'String':'\u2581'},'content':' '}",
                                "{'type':'ByteFallback'}",
                                "{'type':'Fuse'}",
                                "{'type':'Strip','content':' ','start':1,'stop':0}")
                        .added(0, "<unk>", "'special':true,'normalized':false")
                        .added(1, "<s>", "'special':true,'normalized':false")
                        .added(2, "</s>", "'special':true,'normalized':false")
                        .part(
                                "post_processor",
                                "{'type':'TemplateProcessing','single':[{'SpecialToken':{'id':'<s>','type_id':0}},{'Sequence':{'id':'A','type_id':0}}],'pair':[],'special_tokens':{'<s>':{'id':'<s>','ids':[1],'tokens':['<s>']}}}")
                        .load(directory)
                        .tokenizer();
        checkCases("llama-spm", tokenizer);
        assertThat(tokenizer.encode("a", true, false)).hasSize(2).startsWith(1);
        assertThat(
                        tokenizer.decode(
                                tokenizer.encode("h\u00e9 \u4f60\ud83d\ude42", true, false), false))
                .isEqualTo("h\u00e9 \u4f60\ud83d\ude42");
    }

    private static List<String[]> merges(List<String> tokens, float[] scores) {
        Set<String> known = new HashSet<>(tokens);
        List<String[]> merges = new ArrayList<>();
        IntStream.range(259, tokens.size())
                .boxed()
                .sorted(Comparator.comparing(id -> -scores[id]))
                .forEach(
                        id -> {
                            String token = tokens.get(id);
                            for (int i = 1; i < token.length(); i++) {
                                String left = token.substring(0, i);
                                String right = token.substring(i);
                                if (known.contains(left) && known.contains(right)) {
                                    merges.add(new String[] {left, right});
                                }
                            }
                        });
        return merges;
    }

    @Test
    void encode_whenUnigram_givesTheReferenceIds() {
        JsonNode reference =
                json(
                        Path.of(
                                System.getProperty("tokamak.root", ".."),
                                "models/src/test/resources/tokenizers/unigram.json"));
        List<String> pieces =
                reference.get("tokens").valueStream().map(JsonNode::stringValue).toList();
        double[] scores =
                reference.get("scores").valueStream().mapToDouble(JsonNode::doubleValue).toArray();
        byte[] map = Base64.getDecoder().decode(reference.get("charsmap").stringValue());
        TokenizerFiles files = new TokenizerFiles("Unigram").pieces(pieces, scores);
        int[] types = ints(reference.get("types"));
        for (int id = 0; id < types.length; id++) {
            if (types[id] == 3 || types[id] == 2) {
                boolean mask = id == reference.get("mask").intValue();
                files.added(
                        id,
                        pieces.get(id),
                        "'special':true,'normalized':false,'lstrip':%s".formatted(mask));
            }
        }
        Tokenizer tokenizer =
                files.model("unk_id", reference.get("unknown").intValue())
                        .part(
                                "normalizer",
                                "{'type':'Precompiled','precompiled_charsmap':'%s'}"
                                        .formatted(Base64.getEncoder().encodeToString(map)),
                                "{'type':'Replace','pattern':{'Regex':' {2,}'},'content':' '}")
                        .part(
                                "pre_tokenizer",
                                "{'type':'Metaspace','replacement':'\u2581','prepend_scheme':'always','split':false}")
                        .part("decoder", "{'type':'Metaspace','replacement':'\u2581'}")
                        .load(directory)
                        .tokenizer();
        String text = reference.get("text").stringValue();
        int[] ids = tokenizer.encode(text, false, false);
        int[] expected = ints(reference.get("ids"));
        assertThat(ids).containsExactly(expected);
    }
}
