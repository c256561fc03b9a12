package dev.tokamak.models.tokenizer;

import java.nio.charset.StandardCharsets;

/// Byte-level BPE: words become bytes, and neighbouring tokens are merged by rank. Thread-safe.
final class BytePairEncoder implements FragmentEncoder {

    private final TokenTable table;
    private final MergeTable merges;
    private final PreTokenizer preTokenizer;
    private final int[] byteTokens = new int[256];

    /// @param unknown stands for bytes without a token, or NONE to leave them out
    BytePairEncoder(TokenTable table, MergeTable merges, PreTokenizer preTokenizer, int unknown) {
        this.table = table;
        this.merges = merges;
        this.preTokenizer = preTokenizer;
        for (int value = 0; value < byteTokens.length; value++) {
            int id = table.id(Character.toString(ByteAlphabet.character((byte) value)));
            byteTokens[value] = id == TokenTable.NONE ? unknown : id;
        }
    }

    @Override
    public void encode(String text, boolean atStart, IntList ids) {
        int[] codePoints = CodePoints.of(text);
        IntList ends = preTokenizer.wordEnds(codePoints);
        Word word = new Word();
        int from = 0;
        for (int i = 0; i < ends.size(); i++) {
            int to = ends.at(i);
            byte[] bytes = new String(codePoints, from, to - from).getBytes(StandardCharsets.UTF_8);
            int whole = preTokenizer.wholeWordsFirst() ? wholeToken(bytes) : TokenTable.NONE;
            if (whole == TokenTable.NONE) {
                word.encode(bytes, ids);
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

    /// Scratch for merging one word at a time. Confined to one thread.
    private final class Word implements SymbolChain.Pairs {

        private final SymbolChain chain = new SymbolChain();
        private int[] tokens = new int[64];

        void encode(byte[] bytes, IntList ids) {
            tokens = tokens.length < bytes.length ? new int[bytes.length] : tokens;
            for (int i = 0; i < bytes.length; i++) {
                tokens[i] = byteTokens[bytes[i] & 0xFF];
            }
            chain.merge(bytes.length, this);
            for (int i = 0; i < bytes.length; i = chain.next(i)) {
                if (tokens[i] != TokenTable.NONE) {
                    ids.add(tokens[i]);
                }
            }
        }

        @Override
        public long priority(int left, int right, int end) {
            return merges.rank(tokens[left], tokens[right]);
        }

        @Override
        public void merged(int left, long priority) {
            tokens[left] = merges.result((int) priority);
        }
    }
}
