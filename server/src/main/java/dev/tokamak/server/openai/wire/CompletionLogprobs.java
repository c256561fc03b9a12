package dev.tokamak.server.openai.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The log-probabilities of a text completion, as parallel arrays. Confined to one thread.
public final class CompletionLogprobs {

    private final List<Entry> entries = new ArrayList<>();

    /// One token.
    ///
    /// @param logprob null for the first token of a prompt
    /// @param alternatives null for the first token of a prompt
    /// @param offset of its first character in the text
    public record Entry(
            String token,
            @Nullable Float logprob,
            @Nullable Map<String, Float> alternatives,
            int offset) {}

    public void add(Entry entry) {
        entries.add(entry);
    }

    public boolean isEmpty() {
        return entries.isEmpty();
    }

    ObjectNode json() {
        ObjectNode json = JsonText.object();
        ArrayNode offsets = json.putArray("text_offset");
        ArrayNode logprobs = json.putArray("token_logprobs");
        ArrayNode tokens = json.putArray("tokens");
        ArrayNode alternatives = json.putArray("top_logprobs");
        for (Entry entry : entries) {
            offsets.add(entry.offset());
            logprobs.add(entry.logprob());
            tokens.add(entry.token());
            Map<String, Float> map = entry.alternatives();
            if (map == null) {
                alternatives.addNull();
            } else {
                ObjectNode object = alternatives.addObject();
                map.forEach(object::put);
            }
        }
        return json;
    }
}
