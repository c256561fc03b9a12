package dev.tokamak.models.architecture;

/// A family of networks: what its files call `general.architecture`, and how its tensors form a decoder. Immutable.
interface Family {

    String name();

    DecoderDescription describe(Hyperparameters hyperparameters, TensorDirectory tensors);
}
