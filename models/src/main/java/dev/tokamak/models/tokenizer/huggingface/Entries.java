package dev.tokamak.models.tokenizer.huggingface;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/// The entries of a vocabulary by id and by text, those that were added to it included. Immutable.
final class Entries {

    /* Ids may leave holes, but not more of them than a vocabulary could sensibly have: arrays are as long as the largest
     * id, which a short file could set to anything. */

    private static final int HOLES_AT_MOST = 100_000;

    private final String[] texts;
    private final Map<String, Integer> ids;
    private final AddedToken[] added;

    /// @param atLeast the size of the vocabulary, filled up with entries without a text
    Entries(
            Map<String, Integer> vocabulary,
            List<String> pieces,
            List<AddedToken> addedTokens,
            int atLeast) {
        ids = new HashMap<>(vocabulary);
        int largest = Math.max(0, pieces.size() - 1);
        for (int id : vocabulary.values()) {
            largest = Math.max(largest, id);
        }
        for (AddedToken token : addedTokens) {
            largest = Math.max(largest, token.id());
            ids.put(token.content(), token.id());
        }
        int known = Math.max(pieces.size(), vocabulary.size()) + addedTokens.size();
        if (largest > 2L * known + HOLES_AT_MOST) {
            throw Fields.corrupt(
                    "the largest id is %d, but there are %d entries".formatted(largest, known));
        }
        texts = new String[Math.max(largest + 1, atLeast)];
        Arrays.fill(texts, "");
        for (int id = 0; id < pieces.size(); id++) {
            texts[id] = pieces.get(id);
        }
        vocabulary.forEach((text, id) -> texts[id] = text);
        added = new AddedToken[texts.length];
        for (AddedToken token : addedTokens) {
            texts[token.id()] = token.content();
            added[token.id()] = token;
        }
    }

    int size() {
        return texts.length;
    }

    /// The text of an id, empty for a hole.
    String text(int id) {
        return texts[id];
    }

    OptionalInt id(String text) {
        Integer id = ids.get(text);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    boolean isAdded(int id) {
        return added[id] != null;
    }

    boolean isSpecial(int id) {
        return added[id] != null && added[id].special();
    }
}
