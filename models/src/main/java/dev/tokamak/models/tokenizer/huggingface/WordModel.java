package dev.tokamak.models.tokenizer.huggingface;

import dev.tokamak.models.tokenizer.split.IntList;

/// Turns words into ids (`model`). Thread-safe.
@FunctionalInterface
interface WordModel {

    void encode(Iterable<Piece> words, IntList ids);
}
