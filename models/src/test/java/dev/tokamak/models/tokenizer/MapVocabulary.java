package dev.tokamak.models.tokenizer;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.tokenizer.segment.ByteAlphabet;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// A vocabulary written down in a test.
final class MapVocabulary implements VocabularySource {

    private final Map<String, Object> values = new HashMap<>();

    /// All bytes, then `more`; no merges.
    static MapVocabulary bytePair(String pre, String... more) {
        List<String> tokens = new ArrayList<>();
        for (int value = 0; value < 256; value++) {
            tokens.add(Character.toString(ByteAlphabet.character((byte) value)));
        }
        tokens.addAll(List.of(more));
        return new MapVocabulary()
                .with("tokenizer.ggml.model", "gpt2")
                .with("tokenizer.ggml.pre", pre)
                .with("tokenizer.ggml.tokens", tokens)
                .with("tokenizer.ggml.merges", List.of());
    }

    /// `<unk>`, `<s>`, `</s>`, all bytes, then `more`, each with a better score than the ones before it.
    static MapVocabulary sentencePiece(String... more) {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        for (int value = 0; value < 256; value++) {
            tokens.add("<0x%02X>".formatted(value));
        }
        tokens.addAll(List.of(more));
        int[] types = new int[tokens.size()];
        float[] scores = new float[tokens.size()];
        for (int i = 0; i < types.length; i++) {
            types[i] = i == 0 ? 2 : i < 3 ? 3 : i < 259 ? 6 : 1;
            scores[i] = i;
        }
        return new MapVocabulary()
                .with("tokenizer.ggml.model", "llama")
                .with("tokenizer.ggml.tokens", tokens)
                .with("tokenizer.ggml.token_type", types)
                .with("tokenizer.ggml.scores", scores);
    }

    /// `<pad>`, `</s>`, `<unk>`, then pieces with their scores.
    static MapVocabulary unigram(Map<String, Float> pieces) {
        List<String> tokens = new ArrayList<>(List.of("<pad>", "</s>", "<unk>"));
        tokens.addAll(pieces.keySet());
        int[] types = new int[tokens.size()];
        float[] scores = new float[tokens.size()];
        for (int i = 0; i < types.length; i++) {
            types[i] = i < 2 ? 3 : i == 2 ? 2 : 1;
            scores[i] = i < 3 ? 0 : pieces.get(tokens.get(i));
        }
        return new MapVocabulary()
                .with("tokenizer.ggml.model", "t5")
                .with("tokenizer.ggml.tokens", tokens)
                .with("tokenizer.ggml.token_type", types)
                .with("tokenizer.ggml.scores", scores);
    }

    MapVocabulary with(String key, Object value) {
        values.put(key, value);
        return this;
    }

    MapVocabulary without(String key) {
        values.remove(key);
        return this;
    }

    /// The type of every token: normal, but for those with these texts.
    MapVocabulary withTypes(Map<String, Integer> types) {
        List<String> tokens = strings("tokenizer.ggml.tokens");
        return with(
                "tokenizer.ggml.token_type",
                tokens.stream().mapToInt(token -> types.getOrDefault(token, 1)).toArray());
    }

    Tokenizer tokenizer() {
        return Tokenizers.of(this);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public boolean contains(String key) {
        return values.containsKey(key);
    }

    @Override
    public Optional<String> string(String key) {
        return Optional.ofNullable((String) values.get(key));
    }

    @Override
    public OptionalLong integer(String key) {
        Object value = values.get(key);
        return value == null ? OptionalLong.empty() : OptionalLong.of(((Number) value).longValue());
    }

    @Override
    public Optional<Boolean> bool(String key) {
        return Optional.ofNullable((Boolean) values.get(key));
    }

    @Override
    @SuppressWarnings("unchecked")
    public List<String> strings(String key) {
        return (List<String>) values.getOrDefault(key, List.of());
    }

    @Override
    public int[] integers(String key) {
        return (int[]) values.getOrDefault(key, new int[0]);
    }

    @Override
    public float[] floats(String key) {
        return (float[]) values.getOrDefault(key, new float[0]);
    }

    @Override
    public byte[] bytes(String key) {
        return (byte[]) values.getOrDefault(key, new byte[0]);
    }

    @Override
    public ModelException corrupt(String what) {
        return new ModelException(ModelException.Code.CORRUPT_FILE, "test: " + what);
    }

    @Override
    public ModelException unsupported(String what) {
        return new ModelException(ModelException.Code.UNSUPPORTED, "test: " + what);
    }
}
