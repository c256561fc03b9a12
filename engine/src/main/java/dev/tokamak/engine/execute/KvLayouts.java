package dev.tokamak.engine.execute;

import dev.tokamak.kernels.attention.KvLayer;
import dev.tokamak.kernels.attention.KvLayout;
import dev.tokamak.kernels.attention.KvType;
import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.models.architecture.DecoderLayer;
import dev.tokamak.models.architecture.DecoderModel;
import dev.tokamak.models.architecture.HeadShape;
import java.util.List;

/// Decides how a model's keys and values are kept.
public final class KvLayouts {

    private KvLayouts() {}

    /// The layout of the model's KV pages: fp16, or fp32 where every linear layer computes in fp32, so that nothing in
    /// such a model is rounded to less.
    public static KvLayout of(DecoderModel model) {
        return of(model.layers());
    }

    /// The layout of these layers' keys and values.
    static KvLayout of(List<DecoderLayer> layers) {
        return of(layers.stream().map(layer -> layer.attention().heads()).toList(), type(layers));
    }

    /// The layout for layers of these heads.
    public static KvLayout of(List<HeadShape> heads, KvType type) {
        List<KvLayer> layers =
                heads.stream()
                        .map(
                                shape ->
                                        new KvLayer(
                                                shape.keyValues(),
                                                shape.keyDim(),
                                                shape.valueDim()))
                        .toList();
        return new KvLayout(layers, type);
    }

    private static KvType type(List<DecoderLayer> layers) {
        boolean integers =
                layers.stream()
                        .flatMap(DecoderLayer::matrices)
                        .anyMatch(PackedWeights::readsQuantized);
        return integers ? KvType.F16 : KvType.F32;
    }
}
