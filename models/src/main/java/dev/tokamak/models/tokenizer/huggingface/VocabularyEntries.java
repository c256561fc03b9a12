package dev.tokamak.models.tokenizer.huggingface;

import java.util.ArrayList;
import java.util.List;

/// The tokens of a vocabulary with their types in GGUF's terms, one for each row of the model's embedding. Immutable.
final class VocabularyEntries {

    static final int NORMAL = 1;
    static final int UNKNOWN = 2;
    static final int CONTROL = 3;

    private static final int USER_DEFINED = 4;
    private static final int UNUSED = 5;
    private static final int BYTE = 6;
    private static final int ROWS_AT_MOST_MORE = 100_000;

    private final Entries entries;
    private final List<String> texts;
    private final int[] types;

    private VocabularyEntries(Entries entries, List<String> texts, int[] types) {
        this.entries = entries;
        this.texts = List.copyOf(texts);
        this.types = types;
    }

    static VocabularyEntries of(TokenizerFolder folder) {
        Entries entries = folder.entries(0);
        int rows = folder.embeddingRows().orElse(entries.size());
        if (rows < entries.size() || rows > 2L * entries.size() + ROWS_AT_MOST_MORE) {
            throw Fields.corrupt(
                    "there are %d tokens, but 'vocab_size' of the model is %d"
                            .formatted(entries.size(), rows));
        }
        boolean bytes = folder.json().model().flag("byte_fallback", false);
        int unknown = folder.special("unk").map(text -> entries.id(text).orElse(-1)).orElse(-1);
        List<String> texts = new ArrayList<>(rows);
        int[] types = new int[rows];
        for (int id = 0; id < rows; id++) {
            String text = id < entries.size() ? entries.text(id) : "";
            types[id] = text.isEmpty() ? UNUSED : type(entries, id, bytes);
            if (id == unknown && types[id] != NORMAL) {
                // Where text can always be spelled in bytes, nothing is unknown and the token is
                // one of control.
                types[id] =
                        "BPE".equals(folder.json().modelType()) && !bytes
                                ? CONTROL
                                : unknownType(folder);
            }
            if (types[id] == UNUSED) {
                text = "[PAD" + id + "]";
            } else if (types[id] == USER_DEFINED) {
                text = text.replace('\u2581', ' ');
            }
            texts.add(text);
        }
        return new VocabularyEntries(entries, texts, types);
    }

    private static int unknownType(TokenizerFolder folder) {
        return "WordPiece".equals(folder.json().modelType()) ? CONTROL : UNKNOWN;
    }

    private static int type(Entries entries, int id, boolean bytes) {
        if (entries.isAdded(id)) {
            return entries.isSpecial(id) || looksSpecial(entries.text(id)) ? CONTROL : USER_DEFINED;
        }
        return bytes && Decoding.isByte(entries.text(id)) ? BYTE : NORMAL;
    }

    /// Whether a token is surely one of control, whatever its file says.
    private static boolean looksSpecial(String text) {
        return "<pad>".equals(text)
                || "<mask>".equals(text)
                || "<2mass>".equals(text)
                || "[@BOS@]".equals(text)
                || (text.startsWith("<|") && text.endsWith("|>"))
                || (text.startsWith("<\uff5c") && text.endsWith("\uff5c>"))
                || (text.startsWith("<unused") && text.endsWith(">"));
    }

    int size() {
        return types.length;
    }

    Entries entries() {
        return entries;
    }

    List<String> texts() {
        return texts;
    }

    int[] types() {
        return types.clone();
    }
}
