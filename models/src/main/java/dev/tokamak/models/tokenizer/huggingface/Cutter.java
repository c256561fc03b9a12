package dev.tokamak.models.tokenizer.huggingface;

import java.util.ArrayList;
import java.util.List;

/// Cuts pieces of a text into smaller ones, or changes them (`pre_tokenizer`). Thread-safe.
@FunctionalInterface
interface Cutter {

    /// Adds what a piece becomes.
    void cut(Piece piece, List<Piece> pieces);

    default Cutter then(Cutter next) {
        return (piece, pieces) -> {
            List<Piece> between = new ArrayList<>();
            cut(piece, between);
            between.forEach(part -> next.cut(part, pieces));
        };
    }
}
