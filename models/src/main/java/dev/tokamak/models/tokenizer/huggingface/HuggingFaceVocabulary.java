package dev.tokamak.models.tokenizer.huggingface;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.gguf.MetadataMap;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// The vocabulary of a Hugging Face directory in GGUF's terms, as llama.cpp's converter writes them. Immutable.
public final class HuggingFaceVocabulary {

    /* Byte-level BPE keeps its merges. A BPE over characters with bytes to fall back on becomes a SentencePiece
     * vocabulary, in which the score of a token is the rank of the first merge that makes it, negated: merging by best
     * score then is merging by lowest rank. */

    private static final String PREFIX = "tokenizer.ggml.";
    private static final float UNMERGED_SCORE = -1e6f;
    private static final float ADDED_SCORE = -1000f;
    private static final String BLANK = "\u2581";

    private final TokenizerFolder folder;
    private final TokenizerJson json;
    private final VocabularyEntries entries;

    private HuggingFaceVocabulary(TokenizerFolder folder) {
        this.folder = folder;
        this.json = folder.json();
        this.entries = VocabularyEntries.of(folder);
    }

    /// Reads the tokenizer files of a directory and puts what they say under the keys `tokenizer.*`.
    ///
    /// @throws ModelException NOT_FOUND, CORRUPT_FILE, or UNSUPPORTED when GGUF cannot say the same
    public static void addTo(MetadataMap metadata, Path directory) {
        new HuggingFaceVocabulary(new TokenizerFolder(directory)).addTo(metadata);
    }

    private void addTo(MetadataMap metadata) {
        switch (json.modelType()) {
            case "BPE" -> {
                if (isByteLevel()) {
                    writeBytePairs(metadata);
                } else if (json.model().flag("byte_fallback", false)) {
                    writeSentencePiece(metadata);
                } else {
                    throw unsupported("a BPE over characters without byte_fallback");
                }
            }
            case "Unigram" -> writeUnigram(metadata);
            case "WordPiece" -> writeWordPiece(metadata);
            default -> throw unsupported("the model '" + Fields.shown(json.modelType()) + "'");
        }
        new VocabularyRoles(folder, entries).addTo(metadata);
        writeTemplates(metadata);
    }

    private static ModelException unsupported(String what) {
        return new ModelException(
                ModelException.Code.UNSUPPORTED, "GGUF has no tokenizer for " + what);
    }

    private boolean isByteLevel() {
        return mentions(json.part("pre_tokenizer"), "ByteLevel");
    }

    /// Whether a part of the pipeline, or one of its steps, is of a type.
    private static boolean mentions(JsonNode part, String type) {
        if (type.equals(part.path("type").asString(""))) {
            return true;
        }
        for (String steps : List.of("normalizers", "pretokenizers")) {
            for (JsonNode step : part.path(steps)) {
                if (mentions(step, type)) {
                    return true;
                }
            }
        }
        return false;
    }

    private void writeBytePairs(MetadataMap metadata) {
        requireNormalizers(List.of("NFC"));
        boolean wholeWordsFirst = json.model().flag("ignore_merges", false);
        String pre = PreTokenizerNames.find(json.part("pre_tokenizer"), wholeWordsFirst);
        metadata.put(PREFIX + "model", "gpt2");
        metadata.put(PREFIX + "pre", pre);
        metadata.put(PREFIX + "tokens", entries.texts());
        metadata.put(PREFIX + "token_type", entries.types());
        List<String> parts = json.merges();
        List<String> merges = new ArrayList<>(parts.size() / 2);
        for (int i = 0; i < parts.size(); i += 2) {
            merges.add(plain(parts.get(i)) + " " + plain(parts.get(i + 1)));
        }
        metadata.put(PREFIX + "merges", merges);
    }

    private static String plain(String part) {
        return part.replace(' ', '\u0120');
    }

    /// Refuses steps of the normaliser that GGUF cannot express. Composing characters is left to the files' users, as
    /// other converters leave it.
    private void requireNormalizers(List<String> known) {
        requireNormalizers(json.part("normalizer"), known);
    }

    private static void requireNormalizers(JsonNode node, List<String> known) {
        if (node.isNull() || node.isMissingNode()) {
            return;
        }
        String type = Fields.of(node, "normalizer").type();
        if ("Sequence".equals(type)) {
            node.path("normalizers").forEach(step -> requireNormalizers(step, known));
        } else if (!known.contains(type)) {
            throw unsupported("the normalizer '" + Fields.shown(type) + "' with this model");
        }
    }

    private void writeSentencePiece(MetadataMap metadata) {
        requireNormalizers(List.of("Prepend", "Replace"));
        float[] scores = new float[entries.size()];
        Arrays.fill(scores, UNMERGED_SCORE);
        List<String> parts = json.merges();
        Map<String, Integer> ids = json.vocabulary();
        for (int rank = parts.size() / 2 - 1; rank >= 0; rank--) {
            Integer result = ids.get(parts.get(2 * rank) + parts.get(2 * rank + 1));
            if (result != null) {
                scores[result] = -rank;
            }
        }
        for (int id = 0; id < scores.length; id++) {
            if (entries.types()[id] != VocabularyEntries.NORMAL) {
                scores[id] = ADDED_SCORE;
            }
        }
        boolean prefixed = mentions(json.part("normalizer"), "Prepend") || prefixesBlank();
        metadata.put(PREFIX + "model", "llama");
        metadata.put(PREFIX + "pre", "default");
        metadata.put(PREFIX + "tokens", entries.texts());
        metadata.put(PREFIX + "scores", scores);
        metadata.put(PREFIX + "token_type", entries.types());
        metadata.put(PREFIX + "add_space_prefix", prefixed);
    }

    /// Whether a Metaspace puts a blank before texts.
    private boolean prefixesBlank() {
        return prefixesBlank(json.part("pre_tokenizer"));
    }

    private static boolean prefixesBlank(JsonNode node) {
        if ("Metaspace".equals(node.path("type").asString(""))) {
            Fields fields = new Fields(node, "pre_tokenizer");
            String scheme =
                    fields.string(
                            "prepend_scheme",
                            fields.flag("add_prefix_space", true) ? "always" : "never");
            return !"never".equals(scheme);
        }
        for (JsonNode step : node.path("pretokenizers")) {
            if (prefixesBlank(step)) {
                return true;
            }
        }
        return false;
    }

    private void writeUnigram(MetadataMap metadata) {
        requireNormalizers(List.of("Precompiled", "Replace", "Strip", "Nmt", "NFKC"));
        double[] given = json.scores();
        float[] scores = new float[entries.size()];
        Arrays.fill(scores, ADDED_SCORE);
        for (int id = 0; id < given.length; id++) {
            scores[id] = (float) given[id];
        }
        int[] types = entries.types();
        int unknown = json.model().number("unk_id", scores.length - 1);
        types[unknown] = VocabularyEntries.UNKNOWN;
        metadata.put(PREFIX + "model", "t5");
        metadata.put(PREFIX + "pre", "default");
        metadata.put(PREFIX + "tokens", entries.texts());
        metadata.put(PREFIX + "scores", scores);
        metadata.put(PREFIX + "token_type", types);
        metadata.put(PREFIX + "token_type_count", folder.textKinds());
        metadata.put(PREFIX + "add_space_prefix", prefixesBlank());
        metadata.put(
                PREFIX + "remove_extra_whitespaces",
                mentions(json.part("pre_tokenizer"), "WhitespaceSplit")
                        || mentions(json.part("normalizer"), "Replace"));
        characterMap(json.part("normalizer"), metadata);
        if (folder.special("unk").isEmpty()) {
            metadata.put(PREFIX + "unknown_token_id", unknown);
        }
    }

    private static void characterMap(JsonNode normalizer, MetadataMap metadata) {
        if ("Precompiled".equals(normalizer.path("type").asString(""))) {
            metadata.put(
                    PREFIX + "precompiled_charsmap",
                    Normalisers.characterMapBytes(new Fields(normalizer, "normalizer")));
        }
        for (JsonNode step : normalizer.path("normalizers")) {
            characterMap(step, metadata);
        }
    }

    private void writeWordPiece(MetadataMap metadata) {
        requireNormalizers(List.of("BertNormalizer"));
        JsonNode normalizer = json.part("normalizer");
        if (!mentions(normalizer, "BertNormalizer")
                || !mentions(json.part("pre_tokenizer"), "BertPreTokenizer")) {
            throw unsupported("a WordPiece without BertNormalizer and BertPreTokenizer");
        }
        String continuing = json.model().string("continuing_subword_prefix", "##");
        List<String> texts = new ArrayList<>(entries.size());
        int[] types = entries.types();
        for (int id = 0; id < types.length; id++) {
            String text = entries.texts().get(id);
            if (types[id] == VocabularyEntries.CONTROL || types[id] == VocabularyEntries.UNKNOWN) {
                texts.add(text);
            } else {
                texts.add(
                        text.startsWith(continuing)
                                ? text.substring(continuing.length())
                                : BLANK + text);
            }
        }
        Fields bert = new Fields(normalizer, "normalizer");
        boolean lowercase = bert.flag("lowercase", true);
        metadata.put(PREFIX + "model", "bert");
        metadata.put(PREFIX + "pre", "default");
        metadata.put(PREFIX + "tokens", texts);
        metadata.put(PREFIX + "token_type", types);
        metadata.put(PREFIX + "token_type_count", folder.textKinds());
        metadata.put(PREFIX + "normalizer.lowercase", lowercase);
        metadata.put(PREFIX + "normalizer.strip_accents", bert.flag("strip_accents", lowercase));
    }

    private void writeTemplates(MetadataMap metadata) {
        List<String> names = new ArrayList<>();
        folder.chatTemplates()
                .forEach(
                        (name, template) -> {
                            if (TokenizerFolder.DEFAULT_TEMPLATE.equals(name)) {
                                metadata.put("tokenizer.chat_template", template);
                            } else {
                                names.add(name);
                                metadata.put("tokenizer.chat_template." + name, template);
                            }
                        });
        if (!names.isEmpty()) {
            metadata.put("tokenizer.chat_templates", names);
        }
    }
}
