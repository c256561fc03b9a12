package dev.tokamak.models.architecture;

/// The sizes of a decoder-only transformer. Immutable.
///
/// @param vocabulary rows of the output head
/// @param hidden width of the residual stream
/// @param heads query heads
/// @param kvHeads key and value heads; divides `heads` (GQA)
/// @param headDim elements of one query or key head
/// @param contextTokens positions that the model was trained for
public record DecoderShape(
        int vocabulary, int hidden, int heads, int kvHeads, int headDim, int contextTokens) {}
