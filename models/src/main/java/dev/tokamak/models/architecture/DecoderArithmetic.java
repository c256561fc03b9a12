package dev.tokamak.models.architecture;

/// The constants of a decoder's arithmetic. Immutable.
///
/// @param epsilon added to the mean square in every norm
/// @param attentionScale factor of the attention scores
record DecoderArithmetic(float epsilon, float attentionScale, RopeFrequencies rope) {}
