package dev.tokamak.models.architecture;

import dev.tokamak.models.architecture.DecoderLayer.ResidualRule;
import dev.tokamak.models.architecture.DecoderOutline.Presence;
import dev.tokamak.models.architecture.LayerTensors.NormPair;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Takes layers, norms and linear layers from the file as an outline wants them. Confined to one thread.
record LayerReading(DecoderOutline outline) {

    /// All layers, in their order.
    List<LayerTensors> all() {
        List<LayerTensors> layers = new ArrayList<>();
        for (int layer = 0; layer < outline.layerCount; layer++) {
            layers.add(layer(layer));
        }
        return layers;
    }

    private static Presence optional(Presence presence) {
        return presence == Presence.REQUIRED ? Presence.OPTIONAL : presence;
    }

    private LayerTensors layer(int layer) {
        String prefix = "blk." + layer + ".";
        int hidden = outline.shape.hidden();
        AttentionTensors attention =
                outline.latent
                        ? new LatentReading(outline, this).attention(layer)
                        : new AttentionReading(outline, this).attention(layer);
        Presence ownNorm =
                outline.parallel && !outline.ownNormWhenParallel
                        ? Presence.ABSENT
                        : outline.inputNorms;
        // ModernBERT normalises its embeddings and leaves out the norm that would follow at once.
        Presence firstNorm =
                outline.bidirectional && layer == 0
                        ? optional(outline.inputNorms)
                        : outline.inputNorms;
        return new LayerTensors(
                new NormPair(
                        norm(prefix + outline.attentionNorm, hidden, firstNorm),
                        norm(prefix + "post_attention_norm", hidden, outline.postNorms),
                        norm(prefix + "attn_output_norm", hidden, outline.sumNorms)),
                attention,
                new NormPair(
                        norm(prefix + outline.feedForwardNorm, hidden, ownNorm),
                        norm(prefix + "post_ffw_norm", hidden, outline.postNorms),
                        norm(prefix + "layer_output_norm", hidden, outline.sumNorms)),
                new FeedForwardReading(outline, this).feedForward(layer),
                new ResidualRule(outline.parallel, outline.residualScale),
                outline.signals
                        ? new SignalReading(outline, this).end(prefix)
                        : LayerTensors.End.NONE);
    }

    /// The norm of this name, without `.weight`.
    Optional<NormTensors> norm(String name, int length, Presence presence) {
        if (outline.plainNorms && presence == Presence.REQUIRED) {
            return Optional.of(NormTensors.plain(outline.normKind, length));
        }
        boolean taken =
                switch (presence) {
                    case REQUIRED -> true;
                    case OPTIONAL -> outline.tensors.contains(name + ".weight");
                    case ABSENT -> false;
                };
        return taken ? Optional.of(norm(name, length)) : Optional.empty();
    }

    /// Norms of the same length one after the other.
    Optional<NormTensors> norms(String name, int count, int length, Presence presence) {
        return presence == Presence.ABSENT
                ? Optional.empty()
                : Optional.of(
                        new NormTensors(
                                outline.normKind,
                                length,
                                Optional.of(
                                        outline.tensors.vectors(name + ".weight", count, length)),
                                Optional.empty()));
    }

    private NormTensors norm(String name, int length) {
        return new NormTensors(
                outline.normKind,
                length,
                Optional.of(outline.tensors.vector(name + ".weight", length)),
                vector(name + ".bias", length, outline.normBias));
    }

    /// The linear layer of this name, without `.weight`.
    LinearTensors linear(String name, int rows, int columns, Presence bias) {
        return new LinearTensors(
                outline.tensors.matrix(name + ".weight", rows, columns),
                vector(name + ".bias", rows, bias));
    }

    Optional<VectorTensor> vector(String name, int length, Presence presence) {
        return switch (presence) {
            case REQUIRED -> Optional.of(outline.tensors.vector(name, length));
            case OPTIONAL -> outline.tensors.optionalVector(name, length);
            case ABSENT -> Optional.empty();
        };
    }
}
