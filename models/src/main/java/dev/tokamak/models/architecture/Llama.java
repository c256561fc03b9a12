package dev.tokamak.models.architecture;

import dev.tokamak.kernels.rope.RopeTable.Pairing;

/// Llama and the models that share its layout, such as Mistral 7B and SmolLM2: grouped-query attention without a
/// window, rotary pairs side by side (converters permute query and key rows so), a gated feed-forward. Immutable.
final class Llama implements Family {

    @Override
    public String name() {
        return "llama";
    }

    @Override
    public DecoderDescription describe(Hyperparameters hyperparameters, TensorDirectory tensors) {
        hyperparameters.refuseExperts();
        return new PreNormDecoder(hyperparameters, tensors, Pairing.ADJACENT)
                .describe(Bias.OPTIONAL, Bias.OPTIONAL);
    }
}
