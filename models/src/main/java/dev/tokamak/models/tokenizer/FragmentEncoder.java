package dev.tokamak.models.tokenizer;

import dev.tokamak.models.tokenizer.split.IntList;

/// Turns plain text, in which no special token is left, into token ids. Thread-safe.
interface FragmentEncoder {

    /// Adds the ids of a text.
    ///
    /// @param atStart whether nothing but special tokens comes directly before it
    void encode(String text, boolean atStart, IntList ids);
}
