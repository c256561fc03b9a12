package dev.tokamak.models.tokenizer.huggingface;

/// A part of a text on its way to words. Immutable.
///
/// @param atStart whether the whole text begins with it
record Piece(String text, boolean atStart) {}
