package dev.tokamak.models.architecture;

import dev.tokamak.kernels.activation.ElementFunction;
import java.util.List;
import java.util.Optional;

/// What makes a score of the pooled row of a query and a document. Immutable; its memory belongs to the loaded model.
///
/// @param dense comes before the outputs in most models
/// @param outputs projections whose results stand one after the other
/// @param share whether the score is the share that a softmax gives the first output, instead of that output
public record RankHead(Optional<Dense> dense, List<Projection> outputs, boolean share) {

    public RankHead {
        outputs = List.copyOf(outputs);
    }

    /// `norm(function(projection(x)))`
    public record Dense(
            Projection projection, ElementFunction function, Optional<NormWeights> norm) {}
}
