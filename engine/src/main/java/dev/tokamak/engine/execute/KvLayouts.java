package dev.tokamak.engine.execute;

import dev.tokamak.kernels.attention.KvLayer;
import dev.tokamak.kernels.attention.KvLayout;
import dev.tokamak.kernels.attention.KvType;
import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.models.architecture.DecoderLayer;
import dev.tokamak.models.architecture.DecoderModel;
import dev.tokamak.models.architecture.DecoderShape;
import dev.tokamak.models.architecture.Projection;
import java.util.stream.Stream;

/// Decides how a model's keys and values are kept.
public final class KvLayouts {

    private KvLayouts() {}

    /// The layout of the model's KV pages: fp16, or fp32 where every linear layer computes in fp32, so that nothing in
    /// such a model is rounded to less.
    public static KvLayout of(DecoderModel model) {
        DecoderShape shape = model.shape();
        KvLayer layer = new KvLayer(shape.kvHeads(), shape.headDim(), shape.headDim());
        return new KvLayout(model.layers().size(), layer, type(model));
    }

    private static KvType type(DecoderModel model) {
        boolean integers =
                model.layers().stream()
                        .flatMap(KvLayouts::matrices)
                        .anyMatch(PackedWeights::readsQuantized);
        return integers ? KvType.F16 : KvType.F32;
    }

    private static Stream<PackedWeights> matrices(DecoderLayer layer) {
        return Stream.of(
                        layer.attention().query(),
                        layer.attention().key(),
                        layer.attention().value(),
                        layer.attention().output(),
                        layer.feedForward().gate(),
                        layer.feedForward().up(),
                        layer.feedForward().down())
                .map(Projection::weights);
    }
}
