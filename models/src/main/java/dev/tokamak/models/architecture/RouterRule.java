package dev.tokamak.models.architecture;

/// How a router's scores become a choice of experts and their weights. Immutable.
///
/// @param scoring what turns scores into weights
/// @param used experts that each token uses
/// @param groups parts that the experts are divided into; 1 when they are not
/// @param usedGroups parts that a token's experts may come from
/// @param normalised whether the weights of the chosen experts are divided by their sum
/// @param scale factor of the weights
/// @param weighsInputs whether the weights are factors of what experts read, not of what they give
public record RouterRule(
        Scoring scoring,
        int used,
        int groups,
        int usedGroups,
        boolean normalised,
        float scale,
        boolean weighsInputs) {

    /// What turns scores into weights.
    public enum Scoring {
        /// Softmax over all experts, then the choice.
        SOFTMAX,
        /// Each expert's score by itself.
        SIGMOID,
        /// The choice by raw scores, then softmax over the chosen.
        SOFTMAX_OF_CHOSEN
    }
}
