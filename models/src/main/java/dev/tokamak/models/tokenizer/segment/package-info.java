/// Algorithms that make tokens of words: merging by rank, the best path through scored pieces, longest pieces first, and
/// the normaliser that goes with scored pieces. Knows ids and texts, not where they come from.
package dev.tokamak.models.tokenizer.segment;
