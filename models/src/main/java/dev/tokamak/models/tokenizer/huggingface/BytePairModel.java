package dev.tokamak.models.tokenizer.huggingface;

import dev.tokamak.models.tokenizer.segment.MergeTable;
import dev.tokamak.models.tokenizer.segment.MergedWord;
import dev.tokamak.models.tokenizer.split.IntList;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/// Byte pair encoding of words: their characters become tokens, which are merged by rank. Immutable.
final class BytePairModel implements WordModel {

    private static final int NONE = -1;

    /// Characters whose tokens are looked up by number: all that stand for bytes are among them.
    private static final int TABLE_CHARACTERS = 0x180;

    private final Map<String, Integer> vocabulary;
    private final Entries entries;
    private final MergeTable merges;
    private final String prefix;
    private final String suffix;
    private final int unknown;
    private final boolean fuseUnknown;
    private final boolean byteFallback;
    private final boolean wholeWordsFirst;
    private final int[] byteTokens;
    private final int[] characterTokens = new int[TABLE_CHARACTERS];

    private BytePairModel(TokenizerJson json, Entries entries) {
        Fields model = json.model();
        this.vocabulary = json.vocabulary();
        this.entries = entries;
        this.prefix = model.shortString("continuing_subword_prefix", "");
        this.suffix = model.shortString("end_of_word_suffix", "");
        this.fuseUnknown = model.flag("fuse_unk", false);
        this.byteFallback = model.flag("byte_fallback", false);
        this.wholeWordsFirst = model.flag("ignore_merges", false);
        this.unknown =
                model.has("unk_token") ? require("unk_token", model.string("unk_token")) : NONE;
        this.byteTokens = WordModels.byteTokens(vocabulary);
        for (int i = 0; i < TABLE_CHARACTERS; i++) {
            characterTokens[i] = vocabulary.getOrDefault(Character.toString(i), NONE);
        }
        this.merges = table(json.merges());
    }

    static BytePairModel read(TokenizerJson json, Entries entries) {
        return new BytePairModel(json, entries);
    }

    private MergeTable table(List<String> parts) {
        int count = parts.size() / 2;
        int[] lefts = new int[count];
        int[] rights = new int[count];
        int[] results = new int[count];
        for (int rank = 0; rank < count; rank++) {
            String left = parts.get(2 * rank);
            String right = parts.get(2 * rank + 1);
            String rest = right.startsWith(prefix) ? right.substring(prefix.length()) : right;
            lefts[rank] = require("merge", left);
            rights[rank] = require("merge", right);
            results[rank] = require("merge", left + rest);
        }
        return new MergeTable(lefts, rights, results);
    }

    private int require(String what, String token) {
        Integer id = vocabulary.get(token);
        if (id == null) {
            throw Fields.corrupt(
                    "a %s needs the token '%s', which the vocabulary has not"
                            .formatted(what, Fields.shown(token)));
        }
        return id;
    }

    @Override
    public void encode(Iterable<Piece> words, IntList ids) {
        MergedWord merged = new MergedWord(merges);
        for (Piece piece : words) {
            Integer whole = wholeWordsFirst ? vocabulary.get(piece.text()) : null;
            if (whole != null && !entries.isSpecial(whole)) {
                ids.add(whole);
            } else {
                fill(piece.text(), merged);
                merged.drainTo(ids);
            }
        }
    }

    private void fill(String word, MergedWord merged) {
        boolean isPending = false;
        for (int at = 0; at < word.length(); ) {
            int codePoint = word.codePointAt(at);
            int next = at + Character.charCount(codePoint);
            int id = token(codePoint, at == 0, next == word.length());
            if (id != NONE) {
                isPending = flush(isPending, merged);
                merged.add(id);
            } else if (!byteFallback || !addBytes(codePoint, merged)) {
                if (isPending && !fuseUnknown) {
                    merged.add(unknown);
                }
                isPending = unknown != NONE;
            }
            at = next;
        }
        flush(isPending, merged);
    }

    private boolean flush(boolean isPending, MergedWord merged) {
        if (isPending) {
            merged.add(unknown);
        }
        return false;
    }

    private int token(int codePoint, boolean first, boolean last) {
        boolean isPlain = (first || prefix.isEmpty()) && (!last || suffix.isEmpty());
        if (isPlain && codePoint < TABLE_CHARACTERS) {
            return characterTokens[codePoint];
        }
        String character = Character.toString(codePoint);
        String marked = (first ? "" : prefix) + character + (last ? suffix : "");
        return vocabulary.getOrDefault(marked, NONE);
    }

    private boolean addBytes(int codePoint, MergedWord merged) {
        byte[] bytes = Character.toString(codePoint).getBytes(StandardCharsets.UTF_8);
        for (byte value : bytes) {
            if (byteTokens[value & 0xFF] == NONE) {
                return false;
            }
        }
        for (byte value : bytes) {
            merged.add(byteTokens[value & 0xFF]);
        }
        return true;
    }
}
