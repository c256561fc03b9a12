package dev.tokamak.models.tokenizer.huggingface;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whatever happens to the bytes of tokenizer files, they give a tokenizer or a [ModelException].
class TokenizerFilesMutationTest {

    private static final int MUTATIONS = 1_500;
    private static final List<String> SNIPPETS =
            List.of(
                    "null",
                    "-1",
                    "1e99",
                    "99999999999999999999",
                    "[]",
                    "{}",
                    "\"\"",
                    "[[[[",
                    "true",
                    "(a|a)+$",
                    "(?:a{1,99}){1,99}",
                    "\\\\p{L}",
                    "[",
                    ")",
                    "\\u0000",
                    "\\uD800",
                    "\"type\":",
                    "2147483647",
                    "0",
                    "Sequence",
                    "Regex");

    @TempDir Path directory;

    @Test
    void load_ofMutatedFiles_givesTokenizerOrModelException() {
        long seed = System.nanoTime();
        System.out.println("TokenizerFilesMutationTest seed " + seed);
        RandomGenerator random = new SplittableRandom(seed);
        List<byte[]> originals = List.of(bytePair(), unigram(), wordPiece());
        byte[] config =
                "{\"bos_token\":\"<s>\",\"chat_template\":[{\"name\":\"a\",\"template\":\"b\"}],\"added_tokens_decoder\":{\"9\":{\"content\":\"x\"}}}"
                        .getBytes(StandardCharsets.UTF_8);
        int refused = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] original = originals.get(i % originals.size());
            TokenizerFiles.write(directory, "tokenizer.json", mutate(original, random));
            TokenizerFiles.write(
                    directory,
                    "tokenizer_config.json",
                    i % 8 == 0 ? mutate(config, random) : config);
            refused += isRefused(() -> use(HuggingFaceTokenizers.load(directory).tokenizer()));
            isRefused(() -> VocabularyFile.of(directory));
        }
        assertThat(refused).isBetween(MUTATIONS / 10, MUTATIONS - 1);
    }

    private static int isRefused(Runnable action) {
        try {
            action.run();
            return 0;
        } catch (ModelException e) {
            assertThat(e.code())
                    .isIn(ModelException.Code.CORRUPT_FILE, ModelException.Code.UNSUPPORTED);
            return 1;
        }
    }

    private static void use(Tokenizer tokenizer) {
        String text = "<s>The 123 caf\u00e9s' \u4f60\u597d\ud83d\ude42!\n\n  " + "a".repeat(60);
        int[] ids = tokenizer.encode(text, true, true);
        assertThat(tokenizer.decode(ids, true)).isNotNull();
        for (int id : ids) {
            assertThat(tokenizer.token(id)).isNotNull();
        }
    }

    private static byte[] bytePair() {
        return new TokenizerFiles("BPE")
                .vocabulary(List.of("<s>", "a", "b", "ab", "<0xC3>", "\u2581", "<unk>", "\u2581a"))
                .merges(List.of("a b", "\u2581 a"))
                .model("byte_fallback", true)
                .model("unk_token", "<unk>")
                .added(0, "<s>", "'special':true,'normalized':false")
                .part(
                        "normalizer",
                        "{'type':'Replace','pattern':{'Regex':' +'},'content':'\u2581'}")
                .part(
                        "pre_tokenizer",
                        TokenizerFiles.split("\\p{L}+|\\p{N}{1,3}|(?=a)|\\s+(?!\\S)", "Isolated"),
                        TokenizerFiles.BYTE_LEVEL.formatted(false))
                .part("decoder", "{'type':'ByteFallback'}", "{'type':'Fuse'}")
                .toBytes();
    }

    private static byte[] unigram() {
        return new TokenizerFiles("Unigram")
                .pieces(
                        List.of("<unk>", "<s>", "\u2581", "a", "aa"),
                        new double[] {0, 0, -1, -2, -3})
                .model("unk_id", 0)
                .added(1, "<s>", "'special':true,'lstrip':true,'rstrip':true")
                .part("normalizer", "{'type':'Precompiled','precompiled_charsmap':'BAAAAAAAAAAA'}")
                .part("pre_tokenizer", "{'type':'Metaspace','replacement':'\u2581'}")
                .part("decoder", "{'type':'Metaspace','replacement':'\u2581'}")
                .toBytes();
    }

    private static byte[] wordPiece() {
        return new TokenizerFiles("WordPiece")
                .vocabulary(List.of("[UNK]", "[CLS]", "[SEP]", "a", "##a", "the"))
                .model("max_input_chars_per_word", 100)
                .added(1, "[CLS]", "'special':true")
                .part("normalizer", "{'type':'BertNormalizer','lowercase':true}")
                .part("pre_tokenizer", "{'type':'BertPreTokenizer'}")
                .part(
                        "post_processor",
                        "{'type':'BertProcessing','cls':['[CLS]',1],'sep':['[SEP]',2]}")
                .part("decoder", "{'type':'WordPiece','prefix':'##'}")
                .toBytes();
    }

    private static byte[] mutate(byte[] original, RandomGenerator random) {
        String text = new String(original, StandardCharsets.ISO_8859_1);
        int changes = random.nextInt(1, 4);
        for (int i = 0; i < changes && !text.isEmpty(); i++) {
            int at = random.nextInt(text.length());
            int end = Math.min(text.length(), at + random.nextInt(1, 12));
            text =
                    switch (random.nextInt(4)) {
                        case 0 ->
                                text.substring(0, at)
                                        + (char) random.nextInt(256)
                                        + text.substring(at + 1);
                        case 1 -> text.substring(0, at) + text.substring(end);
                        case 2 -> text.substring(0, end) + text.substring(at);
                        default -> {
                            String snippet = SNIPPETS.get(random.nextInt(SNIPPETS.size()));
                            yield text.substring(0, at) + snippet + text.substring(end);
                        }
                    };
        }
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return random.nextInt(10) == 0
                ? Arrays.copyOf(bytes, random.nextInt(bytes.length + 1))
                : bytes;
    }
}
