package dev.tokamak.models.architecture;

import dev.tokamak.kernels.activation.ElementFunction;
import dev.tokamak.models.architecture.DecoderOutline.Presence;
import java.util.List;

/// GPT-2 and what came of it: norms with means taken off, and feed-forwards without a gate.
final class Gpt {

    static final List<Family> FAMILIES =
            List.of(
                    new Family("gpt2", Gpt::gpt2),
                    // Its single key and value head is seen in the file.
                    new Family("starcoder", Gpt::gpt2),
                    new Family("gptneox", Gpt::neoX),
                    new Family("codeshell", Gpt::codeShell),
                    new Family("falcon", Gpt::falcon),
                    new Family("nemotron", Gpt::nemotron),
                    new Family("jais2", Gpt::nemotron));

    private Gpt() {}

    /// Positions are learnt.
    private static DecoderOutline gpt2(DecoderOutline outline) {
        return outline.layerNorms(Presence.REQUIRED)
                .learntPositions()
                .ungated(ElementFunction.GELU_TANH);
    }

    /// Pythia too.
    private static DecoderOutline neoX(DecoderOutline outline) {
        outline.rotaryHalves().layerNorms(Presence.REQUIRED).ungated(ElementFunction.GELU_ERF);
        return outline.hyperparameters.flag("use_parallel_residual", true)
                ? outline.parallelWith("attn_norm", "ffn_norm")
                : outline;
    }

    private static DecoderOutline codeShell(DecoderOutline outline) {
        return outline.rotaryHalves()
                .layerNorms(Presence.REQUIRED)
                .ungated(ElementFunction.GELU_TANH);
    }

    /// The larger models give attention a norm of its own.
    private static DecoderOutline falcon(DecoderOutline outline) {
        outline.rotaryHalves().layerNorms(Presence.REQUIRED).ungated(ElementFunction.GELU_ERF);
        return outline.tensors.contains("blk.0.attn_norm_2.weight")
                ? outline.parallelWith("attn_norm_2", "attn_norm")
                : outline.parallel();
    }

    private static DecoderOutline nemotron(DecoderOutline outline) {
        return outline.rotaryHalves()
                .layerNorms(Presence.REQUIRED)
                .ungated(ElementFunction.RELU_SQUARED);
    }
}
