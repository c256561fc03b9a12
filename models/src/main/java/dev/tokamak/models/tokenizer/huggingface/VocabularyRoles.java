package dev.tokamak.models.tokenizer.huggingface;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.gguf.MetadataMap;
import dev.tokamak.models.tokenizer.TurnEnds;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Which tokens begin and end texts, under GGUF's keys. Confined to one thread.
final class VocabularyRoles {

    private static final String PREFIX = "tokenizer.ggml.";

    /// What the files call a role, and what GGUF calls it; one is misspelt in the format itself.
    private static final Map<String, String> KEYS =
            Map.of(
                    "bos", "bos_token_id",
                    "eos", "eos_token_id",
                    "eot", "eot_token_id",
                    "unk", "unknown_token_id",
                    "sep", "seperator_token_id",
                    "pad", "padding_token_id",
                    "mask", "mask_token_id");

    private final TokenizerFolder folder;
    private final Entries entries;
    private final Map<String, Integer> ids = new LinkedHashMap<>();

    VocabularyRoles(TokenizerFolder folder, VocabularyEntries entries) {
        this.folder = folder;
        this.entries = entries.entries();
    }

    void addTo(MetadataMap metadata) {
        for (String role : List.of("bos", "eos", "unk", "sep", "pad", "cls", "mask")) {
            folder.special(role)
                    .ifPresent(text -> entries.id(text).ifPresent(id -> ids.put(role, id)));
        }
        Integer classifier = ids.remove("cls");
        if (classifier != null) {
            ids.putIfAbsent("bos", classifier);
        }
        if (ids.containsKey("sep")) {
            ids.putIfAbsent("eos", ids.get("sep"));
        }
        Frame frame = HuggingFaceTokenizers.frame(folder, entries);
        if (frame.before().size() > 1 || frame.after().size() > 1) {
            throw new ModelException(
                    ModelException.Code.UNSUPPORTED,
                    "GGUF has no way to put %d tokens before texts and %d after them"
                            .formatted(frame.before().size(), frame.after().size()));
        }
        frame.before().forEach(id -> ids.put("bos", id));
        frame.after().forEach(this::endWith);
        addEndOfTurn();
        ids.forEach((role, id) -> metadata.put(PREFIX + KEYS.get(role), id));
        metadata.put(PREFIX + "add_bos_token", !frame.before().isEmpty());
        metadata.put(PREFIX + "add_eos_token", !frame.after().isEmpty());
        int between = frame.pair().map(pair -> pair.between().size()).orElse(0);
        metadata.put(PREFIX + "add_sep_token", between > frame.after().size());
    }

    /// Makes the token that ends texts the end of a sequence; what was that ends turns then.
    private void endWith(int id) {
        Integer former = ids.put("eos", id);
        if (former != null && former != id) {
            ids.put("eot", former);
        }
    }

    /// Names one token more that ends generations, if the model's configuration has one that readers would not find.
    private void addEndOfTurn() {
        BitSet known = TurnEnds.find(text -> entries.id(text).orElse(-1));
        for (int id : folder.endsOfGeneration(entries.size())) {
            if (!known.get(id) && !ids.containsValue(id)) {
                ids.putIfAbsent("eot", id);
            }
        }
    }
}
