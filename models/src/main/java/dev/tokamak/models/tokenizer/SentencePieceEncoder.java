package dev.tokamak.models.tokenizer;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.tokenizer.segment.SymbolChain;
import dev.tokamak.models.tokenizer.split.IntList;
import java.nio.charset.StandardCharsets;

/// SentencePiece BPE: neighbouring characters are merged while the result is a token, the best score first; characters
/// without a token become byte tokens. Thread-safe.
final class SentencePieceEncoder implements FragmentEncoder {

    static final char BLANK = '\u2581';

    private final TokenTable table;
    private final boolean addSpacePrefix;
    private final int[] byteTokens = new int[256];

    /// @throws ModelException when bytes have no tokens and there is no token for the unknown
    SentencePieceEncoder(
            VocabularySource source, TokenTable table, boolean addSpacePrefix, int unknown) {
        this.table = table;
        this.addSpacePrefix = addSpacePrefix;
        for (int value = 0; value < byteTokens.length; value++) {
            int id = table.id("<0x%02X>".formatted(value));
            if (id == TokenTable.NONE && value < 0x80) {
                id = table.id(Character.toString((char) value));
            }
            byteTokens[value] = id == TokenTable.NONE ? unknown : id;
            if (byteTokens[value] == TokenTable.NONE) {
                throw source.corrupt(
                        "there is neither a token <0x%02X> nor one for unknown characters"
                                .formatted(value));
            }
        }
    }

    @Override
    public void encode(String text, boolean atStart, IntList ids) {
        String prefixed = addSpacePrefix && atStart ? " " + text : text;
        new Sentence(prefixed.replace(' ', BLANK)).encode(ids);
    }

    /// The order of a score: the best first, equal ones equal.
    private static long order(float score) {
        int bits = Float.floatToIntBits(score + 0f);
        int ascending = bits < 0 ? ~bits : bits ^ Integer.MIN_VALUE;
        return ~ascending & 0xFFFF_FFFFL;
    }

    /// One text being merged. Confined to one thread.
    private final class Sentence implements SymbolChain.Pairs {

        private final SymbolChain chain = new SymbolChain();
        private final String text;
        private final int[] starts;
        private final int symbols;

        Sentence(String text) {
            this.text = text;
            this.starts = new int[text.length() + 1];
            int count = 0;
            for (int at = 0; at < text.length(); at += Character.charCount(text.codePointAt(at))) {
                starts[count++] = at;
            }
            starts[count] = text.length();
            this.symbols = count;
        }

        void encode(IntList ids) {
            chain.merge(symbols, this);
            for (int i = 0; i < symbols; i = chain.next(i)) {
                String piece = text.substring(starts[i], starts[chain.next(i)]);
                int id = table.id(piece);
                if (id == TokenTable.NONE) {
                    for (byte value : piece.getBytes(StandardCharsets.UTF_8)) {
                        ids.add(byteTokens[value & 0xFF]);
                    }
                } else {
                    ids.add(id);
                }
            }
        }

        @Override
        public long priority(int left, int right, int end) {
            if (starts[end] - starts[left] > table.longestChars()) {
                return -1;
            }
            int id = table.id(text.substring(starts[left], starts[end]));
            return id == TokenTable.NONE ? -1 : order(table.score(id));
        }

        @Override
        public void merged(int left, long priority) {
            // The text of a symbol is what lies up to the next one, so there is nothing to note.
        }
    }
}
