package dev.tokamak.models.architecture;

import dev.tokamak.kernels.rope.RopeTable.Pairing;

/// Qwen 1.5, 2 and 2.5: as Llama, but with biases on query, key and value, and rotary pairs half a head apart. Immutable.
final class Qwen2 implements Family {

    @Override
    public String name() {
        return "qwen2";
    }

    @Override
    public DecoderDescription describe(Hyperparameters hyperparameters, TensorDirectory tensors) {
        hyperparameters.refuseExperts();
        return new PreNormDecoder(hyperparameters, tensors, Pairing.HALVES)
                .describe(Bias.REQUIRED, Bias.OPTIONAL);
    }
}
