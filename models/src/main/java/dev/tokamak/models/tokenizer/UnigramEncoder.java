package dev.tokamak.models.tokenizer;

import dev.tokamak.models.tokenizer.segment.CharacterMap;
import dev.tokamak.models.tokenizer.segment.PieceIndex;
import dev.tokamak.models.tokenizer.segment.UnigramLattice;
import dev.tokamak.models.tokenizer.split.IntList;
import java.util.Optional;

/// SentencePiece unigram: the text is normalised, then cut into the pieces with the best sum of scores. Thread-safe.
final class UnigramEncoder implements FragmentEncoder {

    /// How a vocabulary wants blanks treated.
    ///
    /// @param addOne whether a text gets a blank before it
    /// @param merge whether runs of blanks are one, and blanks at the ends none
    record Blanks(boolean addOne, boolean merge) {}

    private final Optional<CharacterMap> characters;
    private final Blanks blanks;
    private final UnigramLattice lattice;

    UnigramEncoder(
            TokenTable table, Optional<CharacterMap> characters, Blanks blanks, int unknown) {
        this.characters = characters;
        this.blanks = blanks;
        double[] scores = new double[table.size()];
        float worst = Float.MAX_VALUE;
        for (int id = 0; id < scores.length; id++) {
            scores[id] = table.is(id, TokenTable.USER_DEFINED) ? 0 : table.score(id);
            if (table.is(id, TokenTable.NORMAL)) {
                worst = Math.min(worst, table.score(id));
            }
        }
        int pieces = TokenTable.NORMAL | TokenTable.USER_DEFINED | TokenTable.UNUSED;
        this.lattice =
                new UnigramLattice(
                        new PieceIndex(table.texts(), id -> table.is(id, pieces)),
                        scores,
                        unknown,
                        worst - (float) UnigramLattice.UNKNOWN_PENALTY);
    }

    @Override
    public void encode(String text, boolean atStart, IntList ids) {
        lattice.cut(normalised(text), (id, _, _) -> ids.add(id));
    }

    private String normalised(String text) {
        String replaced = characters.map(map -> map.replaceLongest(text)).orElse(text);
        StringBuilder result = new StringBuilder(replaced.length() + 16);
        boolean isPrefixed = false;
        boolean inWord = false;
        for (int i = 0; i < replaced.length(); i++) {
            char next = replaced.charAt(i);
            if (next == ' ') {
                inWord = false;
                if (!blanks.merge()) {
                    result.append(SentencePieceEncoder.BLANK);
                }
                continue;
            }
            if (!inWord && (blanks.merge() || (blanks.addOne() && !isPrefixed))) {
                result.append(SentencePieceEncoder.BLANK);
                isPrefixed = true;
            }
            inWord = true;
            result.append(next);
        }
        return result.toString();
    }
}
