package dev.tokamak.models.tokenizer.huggingface;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// All that the files of a Hugging Face directory say about its tokenizer. Immutable once read.
final class TokenizerFolder {

    static final String DEFAULT_TEMPLATE = "default";

    private static final String CONFIG = "tokenizer_config.json";

    private final TokenizerJson json;
    private final Fields config;
    private final Fields specialTokens;
    private final JsonNode generation;
    private final JsonNode model;
    private final List<AddedToken> added;
    private final Map<String, String> chatTemplates;

    TokenizerFolder(Path directory) {
        JsonFiles files = new JsonFiles(directory);
        json = TokenizerJson.read(files);
        config = new Fields(files.object(CONFIG), CONFIG);
        specialTokens =
                new Fields(files.object("special_tokens_map.json"), "special_tokens_map.json");
        generation = files.object("generation_config.json");
        model = files.object("config.json");
        added = addedTokens();
        chatTemplates = chatTemplates(files);
    }

    TokenizerJson json() {
        return json;
    }

    Fields config() {
        return config;
    }

    List<AddedToken> added() {
        return added;
    }

    Map<String, String> chatTemplates() {
        return chatTemplates;
    }

    Entries entries(int atLeast) {
        return new Entries(json.vocabulary(), json.pieces(), added, atLeast);
    }

    /// The text of the token with a role such as `eos`.
    Optional<String> special(String role) {
        String key = role + "_token";
        for (Fields fields : List.of(config, specialTokens)) {
            JsonNode value = fields.node().path(key);
            if (value.isString()) {
                return Optional.of(value.stringValue());
            }
            if (value.isObject()) {
                return Optional.of(Fields.of(value, key).string("content"));
            }
        }
        return Optional.empty();
    }

    /// The ids that end a generation as the model's configuration has them, those beyond the vocabulary left out.
    List<Integer> endsOfGeneration(int vocabularySize) {
        JsonNode ids = generation.path("eos_token_id");
        if (ids.isMissingNode() || ids.isNull()) {
            ids = model.path("eos_token_id");
        }
        List<Integer> ends = new ArrayList<>();
        Iterable<JsonNode> all = ids.isArray() ? ids : List.of(ids);
        for (JsonNode id : all) {
            if (id.isIntegralNumber()
                    && id.canConvertToLong()
                    && id.longValue() >= 0
                    && id.longValue() < vocabularySize) {
                ends.add(id.intValue());
            }
        }
        return ends;
    }

    /// The number of rows of the model's embedding, as far as it is known.
    Optional<Integer> embeddingRows() {
        JsonNode text = model.path("text_config").path("vocab_size");
        JsonNode size = text.isIntegralNumber() ? text : model.path("vocab_size");
        return size.isIntegralNumber() && size.canConvertToInt() && size.intValue() > 0
                ? Optional.of(size.intValue())
                : Optional.empty();
    }

    /// The number of kinds of text that an encoder tells apart.
    int textKinds() {
        JsonNode kinds = model.path("type_vocab_size");
        return kinds.isIntegralNumber() && kinds.canConvertToInt() && kinds.intValue() > 0
                ? kinds.intValue()
                : 1;
    }

    /// The added tokens of `tokenizer.json`, and those that only the configuration knows.
    private List<AddedToken> addedTokens() {
        List<AddedToken> tokens = new ArrayList<>(json.addedTokens());
        Set<String> known = new HashSet<>(json.vocabulary().keySet());
        Set<Integer> ids = new HashSet<>(json.vocabulary().values());
        for (AddedToken token : tokens) {
            known.add(token.content());
            ids.add(token.id());
        }
        JsonNode more = config.node().path("added_tokens_decoder");
        for (Map.Entry<String, JsonNode> entry : more.properties()) {
            AddedToken token =
                    AddedToken.read(
                            id(entry.getKey()),
                            Fields.of(entry.getValue(), "'added_tokens_decoder'"));
            if (known.add(token.content()) && ids.add(token.id())) {
                tokens.add(token);
            }
        }
        return List.copyOf(tokens);
    }

    private static int id(String text) {
        try {
            int id = Integer.parseInt(text);
            if (id >= 0 && id <= AddedToken.LARGEST_ID) {
                return id;
            }
        } catch (NumberFormatException e) {
            // The message below says what is wrong.
        }
        throw Fields.corrupt(
                "'added_tokens_decoder' has the id '%s', expected 0 to %d"
                        .formatted(Fields.shown(text), AddedToken.LARGEST_ID));
    }

    private Map<String, String> chatTemplates(JsonFiles files) {
        Map<String, String> templates = new LinkedHashMap<>();
        JsonNode inConfig = config.node().path("chat_template");
        if (inConfig.isString()) {
            templates.put(DEFAULT_TEMPLATE, inConfig.stringValue());
        } else if (inConfig.isArray()) {
            for (Fields named : config.objects("chat_template")) {
                templates.put(named.string("name"), named.string("template"));
            }
        }
        JsonNode inFile = files.object("chat_template.json").path("chat_template");
        if (inFile.isString()) {
            templates.put(DEFAULT_TEMPLATE, inFile.stringValue());
        }
        files.text("chat_template.jinja")
                .ifPresent(template -> templates.put(DEFAULT_TEMPLATE, template));
        return templates;
    }
}
