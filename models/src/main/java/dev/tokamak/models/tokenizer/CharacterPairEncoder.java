package dev.tokamak.models.tokenizer;

import dev.tokamak.models.tokenizer.segment.MergeTable;
import dev.tokamak.models.tokenizer.segment.MergedWord;
import dev.tokamak.models.tokenizer.split.CodePoints;
import dev.tokamak.models.tokenizer.split.IntList;
import dev.tokamak.models.tokenizer.split.PreTokenizer;
import java.nio.charset.StandardCharsets;

/// BPE over characters, U+2581 for the blank: neighbouring tokens are merged by rank, and characters without a token
/// become byte tokens. Thread-safe.
final class CharacterPairEncoder implements FragmentEncoder {

    private final TokenTable table;
    private final MergeTable merges;
    private final PreTokenizer preTokenizer;
    private final boolean wholeLineBreaks;
    private final int[] byteTokens = new int[256];

    /// @param unknown stands for bytes without a token, or NONE to leave them out
    CharacterPairEncoder(
            TokenTable table, MergeTable merges, PreTokenizer preTokenizer, int unknown) {
        this.table = table;
        this.merges = merges;
        this.preTokenizer = preTokenizer;
        this.wholeLineBreaks = preTokenizer.has(PreTokenizer.Trait.WHOLE_LINE_BREAKS);
        for (int value = 0; value < byteTokens.length; value++) {
            int id = table.id("<0x%02X>".formatted(value));
            byteTokens[value] = id == TokenTable.NONE ? unknown : id;
        }
    }

    @Override
    public void encode(String text, boolean atStart, IntList ids) {
        int[] codePoints = CodePoints.of(text.replace(' ', SentencePieceEncoder.BLANK));
        IntList ends = preTokenizer.wordEnds(codePoints);
        MergedWord word = new MergedWord(merges);
        int from = 0;
        for (int i = 0; i < ends.size(); i++) {
            int to = ends.at(i);
            int whole = wholeToken(codePoints, from, to);
            if (whole == TokenTable.NONE) {
                for (int at = from; at < to; at++) {
                    add(codePoints[at], word);
                }
                word.drainTo(ids);
            } else {
                ids.add(whole);
            }
            from = to;
        }
    }

    private int wholeToken(int[] codePoints, int from, int to) {
        boolean isWanted =
                wholeLineBreaks && codePoints[from] == '\n' && to - from <= table.longestChars();
        return isWanted ? table.id("\n".repeat(to - from)) : TokenTable.NONE;
    }

    private void add(int codePoint, MergedWord word) {
        String character = Character.toString(codePoint);
        int id = table.id(character);
        if (id != TokenTable.NONE) {
            word.add(id);
            return;
        }
        for (byte value : character.getBytes(StandardCharsets.UTF_8)) {
            word.add(byteTokens[value & 0xFF]);
        }
    }
}
