package dev.tokamak.models.architecture;

import java.util.function.UnaryOperator;

/// A family of networks. Immutable.
///
/// @param name what its files call `general.architecture`
/// @param outline says what sets its decoders apart
record Family(String name, UnaryOperator<DecoderOutline> outline) {

    DecoderDescription describe(Hyperparameters hyperparameters, TensorDirectory tensors) {
        return outline.apply(new DecoderOutline(hyperparameters, tensors)).describe();
    }

    /// What reads the file's tensors as this family has them, without the head of a language model.
    EncoderReading encoder(Hyperparameters hyperparameters, TensorDirectory tensors) {
        return new EncoderReading(outline.apply(new DecoderOutline(hyperparameters, tensors)));
    }
}
