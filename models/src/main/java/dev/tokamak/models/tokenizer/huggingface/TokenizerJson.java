package dev.tokamak.models.tokenizer.huggingface;

import dev.tokamak.models.ModelException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What `tokenizer.json` says. Confined to one thread while it is read, immutable afterwards.
final class TokenizerJson {

    /* Vocabularies and merges are read as a stream into plain lists: as a tree of nodes they would take ten times as much
     * memory as the file. The rest is small. */

    static final String FILE = "tokenizer.json";

    private static final int MOST_ENTRIES = 1 << 23;

    /// What a step of the pipeline describes may take much more memory than its description.
    private static final int MOST_NODES = 1_000;

    private final ObjectNode parts = JsonFiles.MAPPER.createObjectNode();
    private final ObjectNode model = JsonFiles.MAPPER.createObjectNode();
    private final Map<String, Integer> vocabulary = new LinkedHashMap<>();
    private final List<String> pieces = new ArrayList<>();
    private final List<Double> scores = new ArrayList<>();
    private final List<String> merges = new ArrayList<>();

    private TokenizerJson() {}

    /// @throws ModelException CORRUPT_FILE, or NOT_FOUND when there is no such file
    static TokenizerJson read(JsonFiles files) {
        byte[] bytes =
                files.bytes(FILE)
                        .orElseThrow(
                                () ->
                                        new ModelException(
                                                ModelException.Code.NOT_FOUND,
                                                "there is no '%s'; only fast tokenizers, which have one, are supported"
                                                        .formatted(files.path(FILE))));
        TokenizerJson json = new TokenizerJson();
        try (JsonParser parser = JsonFiles.MAPPER.createParser(bytes)) {
            json.readParts(parser);
        } catch (JacksonException e) {
            throw files.notJson(FILE, e);
        }
        return json;
    }

    /// A part of the pipeline, or the JSON null.
    JsonNode part(String name) {
        return parts.path(name);
    }

    List<AddedToken> addedTokens() {
        return parts.hasNonNull("added_tokens")
                ? new Fields(parts, FILE)
                        .objects("added_tokens").stream().map(AddedToken::read).toList()
                : List.of();
    }

    /// The settings of the model, without its vocabulary and merges.
    Fields model() {
        return new Fields(model, "model");
    }

    /// The kind of the model; old files do not say it.
    String modelType() {
        if (model.hasNonNull("type")) {
            return model().type();
        }
        if (!pieces.isEmpty()) {
            return "Unigram";
        }
        return merges.isEmpty() && model.has("continuing_subword_prefix") ? "WordPiece" : "BPE";
    }

    /// Ids by text.
    Map<String, Integer> vocabulary() {
        return vocabulary;
    }

    /// The scores of a unigram vocabulary by id.
    double[] scores() {
        return scores.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /// The merges in order, the two parts of each one after the other.
    List<String> merges() {
        return merges;
    }

    private void readParts(JsonParser parser) {
        require(parser.nextToken() == JsonToken.START_OBJECT, "the file holds no object");
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            if ("model".equals(name)) {
                readModel(parser);
            } else {
                JsonNode part = JsonFiles.PART.readTree(parser);
                require(
                        "added_tokens".equals(name) || nodes(part) <= MOST_NODES,
                        "'%s' has more than %d parts".formatted(Fields.shown(name), MOST_NODES));
                parts.set(name, part);
            }
        }
        require(parser.nextToken() == null, "something follows the object");
        require(!vocabulary.isEmpty(), "there is no vocabulary");
    }

    /// The number of values in a part, up to one more than the limit.
    private static int nodes(JsonNode part) {
        int count = 1;
        for (JsonNode child : part) {
            count += nodes(child);
            if (count > MOST_NODES) {
                return count;
            }
        }
        return count;
    }

    private void readModel(JsonParser parser) {
        require(parser.currentToken() == JsonToken.START_OBJECT, "'model' is no object");
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            if ("vocab".equals(name) && value == JsonToken.START_OBJECT) {
                readIds(parser);
            } else if ("vocab".equals(name) && value == JsonToken.START_ARRAY) {
                readPieces(parser);
            } else if ("merges".equals(name) && value == JsonToken.START_ARRAY) {
                readMerges(parser);
            } else {
                model.set(name, JsonFiles.PART.readTree(parser));
            }
        }
    }

    private void readIds(JsonParser parser) {
        require(vocabulary.isEmpty(), "there are two vocabularies");
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String text = parser.currentName();
            require(
                    parser.nextToken() == JsonToken.VALUE_NUMBER_INT,
                    "the id of '%s' is no whole number".formatted(Fields.shown(text)));
            long id = parser.getLongValue();
            require(
                    id >= 0 && id <= AddedToken.LARGEST_ID,
                    "the id of '%s' is %d, expected 0 to %d"
                            .formatted(Fields.shown(text), id, AddedToken.LARGEST_ID));
            vocabulary.put(text, (int) id);
        }
    }

    private void readPieces(JsonParser parser) {
        require(vocabulary.isEmpty(), "there are two vocabularies");
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            int id = pieces.size();
            boolean isPair =
                    parser.currentToken() == JsonToken.START_ARRAY
                            && parser.nextToken() == JsonToken.VALUE_STRING;
            require(isPair && id < MOST_ENTRIES, "piece %d is no text with a score".formatted(id));
            String text = parser.getString();
            require(
                    parser.nextToken().isNumeric(),
                    "the score of piece %d is no number".formatted(id));
            pieces.add(text);
            scores.add(parser.getDoubleValue());
            vocabulary.putIfAbsent(text, id);
            require(
                    parser.nextToken() == JsonToken.END_ARRAY,
                    "piece %d has more than a score".formatted(id));
        }
    }

    private void readMerges(JsonParser parser) {
        require(merges.isEmpty(), "there are two lists of merges");
        JsonToken token = parser.nextToken();
        for (int rank = 0; token != JsonToken.END_ARRAY; rank++) {
            require(rank < MOST_ENTRIES, "there are more than %d merges".formatted(MOST_ENTRIES));
            if (token == JsonToken.VALUE_STRING) {
                String merge = parser.getString();
                int blank = merge.indexOf(' ', 1);
                require(
                        blank > 0 && blank < merge.length() - 1,
                        "merge %d is '%s', expected two tokens with a blank between them"
                                .formatted(rank, Fields.shown(merge)));
                merges.add(merge.substring(0, blank));
                merges.add(merge.substring(blank + 1));
            } else {
                require(token == JsonToken.START_ARRAY, wrongPair(rank));
                for (int i = 0; i < 2; i++) {
                    require(parser.nextToken() == JsonToken.VALUE_STRING, wrongPair(rank));
                    merges.add(parser.getString());
                }
                require(parser.nextToken() == JsonToken.END_ARRAY, wrongPair(rank));
            }
            token = parser.nextToken();
        }
    }

    private static String wrongPair(int rank) {
        return "merge %d is no pair of tokens".formatted(rank);
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw Fields.corrupt(otherwise + " (" + FILE + ")");
        }
    }

    /// The pieces of a unigram vocabulary by id.
    List<String> pieces() {
        return pieces;
    }
}
