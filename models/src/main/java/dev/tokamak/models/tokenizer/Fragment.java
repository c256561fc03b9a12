package dev.tokamak.models.tokenizer;

/// A part of a text to encode: plain text, or a special token written in it. Immutable.
sealed interface Fragment {
    record Plain(String text) implements Fragment {}

    record Special(int token) implements Fragment {}
}
