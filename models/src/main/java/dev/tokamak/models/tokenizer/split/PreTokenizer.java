package dev.tokamak.models.tokenizer.split;

import java.util.List;
import java.util.Set;

/// How a vocabulary wants texts cut into words before they become tokens. Immutable.
///
/// @param splitters applied one after the other, each to the pieces that the one before left
public record PreTokenizer(Set<Trait> traits, List<Splitter> splitters) {

    /// What goes along with a pre-tokenizer in GGUF files, which name only it.
    public enum Trait {
        /// A word that is a token stays whole, whatever merging would make of it.
        WHOLE_WORDS_FIRST,
        /// Texts begin with BOS unless the file says otherwise.
        BOS_BY_DEFAULT,
        /// Texts begin with BOS whatever the file says.
        BOS_ALWAYS,
        /// Tokens are written in plain characters with U+2581 for the blank, not in characters that stand for bytes.
        PLAIN_CHARACTERS,
        /// A run of line breaks that is a token stays whole.
        WHOLE_LINE_BREAKS
    }

    public boolean has(Trait trait) {
        return traits.contains(trait);
    }

    /// The ends of the words of a text in ascending order.
    public IntList wordEnds(int[] text) {
        IntList ends = new IntList(text.length / 4);
        if (text.length > 0) {
            ends.add(text.length);
        }
        for (Splitter splitter : splitters) {
            IntList finer = new IntList(ends.size());
            int from = 0;
            for (int i = 0; i < ends.size(); i++) {
                splitter.split(text, from, ends.at(i), finer);
                from = ends.at(i);
            }
            ends = finer;
        }
        return ends;
    }
}
