package dev.tokamak.models.tokenizer;

import dev.tokamak.models.tokenizer.segment.ByteAlphabet;
import dev.tokamak.models.tokenizer.segment.MergeTable;
import dev.tokamak.models.tokenizer.segment.MergedWord;
import dev.tokamak.models.tokenizer.split.CodePoints;
import dev.tokamak.models.tokenizer.split.IntList;
import dev.tokamak.models.tokenizer.split.PreTokenizer;
import java.nio.charset.StandardCharsets;

/// Byte-level BPE: words become bytes, and neighbouring tokens are merged by rank. Thread-safe.
final class BytePairEncoder implements FragmentEncoder {

    private final TokenTable table;
    private final MergeTable merges;
    private final PreTokenizer preTokenizer;
    private final boolean wholeWordsFirst;
    private final int[] byteTokens = new int[256];

    /// @param unknown stands for bytes without a token, or NONE to leave them out
    BytePairEncoder(TokenTable table, MergeTable merges, PreTokenizer preTokenizer, int unknown) {
        this.table = table;
        this.merges = merges;
        this.preTokenizer = preTokenizer;
        this.wholeWordsFirst = preTokenizer.has(PreTokenizer.Trait.WHOLE_WORDS_FIRST);
        for (int value = 0; value < byteTokens.length; value++) {
            int id = table.id(Character.toString(ByteAlphabet.character((byte) value)));
            byteTokens[value] = id == TokenTable.NONE ? unknown : id;
        }
    }

    @Override
    public void encode(String text, boolean atStart, IntList ids) {
        int[] codePoints = CodePoints.of(text);
        IntList ends = preTokenizer.wordEnds(codePoints);
        MergedWord word = new MergedWord(merges);
        int from = 0;
        for (int i = 0; i < ends.size(); i++) {
            int to = ends.at(i);
            byte[] bytes = new String(codePoints, from, to - from).getBytes(StandardCharsets.UTF_8);
            int whole = wholeWordsFirst ? wholeToken(bytes) : TokenTable.NONE;
            if (whole == TokenTable.NONE) {
                for (byte value : bytes) {
                    word.add(byteTokens[value & 0xFF]);
                }
                word.drainTo(ids);
            } else {
                ids.add(whole);
            }
            from = to;
        }
    }

    private int wholeToken(byte[] bytes) {
        if (bytes.length > table.longestChars()) {
            return TokenTable.NONE;
        }
        char[] characters = new char[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            characters[i] = ByteAlphabet.character(bytes[i]);
        }
        return table.id(new String(characters));
    }
}
