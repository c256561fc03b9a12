package dev.tokamak.models.architecture;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.kernels.rope.RopeTable;
import dev.tokamak.models.architecture.DecoderLayer.BlockNorms;
import dev.tokamak.models.architecture.DecoderLayer.LayerEnd;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Turns described layers into layers that run. Confined to one thread.
final class LayerLoading {

    private final VectorLoading vectors;
    private final MatrixLoading matrices;
    private final float epsilon;
    private final Map<RopeFrequencies, RopeTable> ropeTables = new HashMap<>();

    /// @param epsilon of all norms
    LayerLoading(VectorLoading vectors, MatrixLoading matrices, float epsilon) {
        this.vectors = vectors;
        this.matrices = matrices;
        this.epsilon = epsilon;
    }

    DecoderLayer load(LayerTensors layer) {
        return new DecoderLayer(
                norms(layer.attentionNorms()),
                attention(layer.attention()),
                norms(layer.feedForwardNorms()),
                feedForward(layer.feedForward()),
                layer.residual(),
                end(layer.end()));
    }

    NormWeights norm(NormTensors norm) {
        return new NormWeights(
                norm.kind(),
                norm.weight().map(vectors::load).orElseGet(() -> vectors.ones(norm.length())),
                norm.bias().map(vectors::load),
                epsilon);
    }

    Projection projection(LinearTensors linear) {
        return new Projection(matrices.load(linear.weight()), linear.bias().map(vectors::load));
    }

    DecoderModel.TokenSignals signals(DecoderTensors.Signals signals) {
        return new DecoderModel.TokenSignals(
                matrices.load(signals.rows()),
                projection(signals.projection()),
                norm(signals.norm()));
    }

    private LayerEnd end(LayerTensors.End end) {
        return new LayerEnd(
                end.signal()
                        .map(
                                one ->
                                        new DecoderLayer.TokenSignal(
                                                projection(one.gate()),
                                                one.function(),
                                                projection(one.up()),
                                                norm(one.norm()))),
                end.scale().map(one -> vectors.load(one).get(JAVA_FLOAT, 0)).orElse(1f));
    }

    private BlockNorms norms(LayerTensors.NormPair pair) {
        return new BlockNorms(
                pair.before().map(this::norm),
                pair.after().map(this::norm),
                pair.sum().map(this::norm));
    }

    /// Layers that rotate alike share one table.
    private RopeTable rope(RopeFrequencies frequencies) {
        return ropeTables.computeIfAbsent(frequencies, RopeFrequencies::table);
    }

    private AttentionBlock attention(AttentionTensors tensors) {
        return switch (tensors) {
            case AttentionTensors.Grouped grouped -> grouped(grouped);
            case AttentionTensors.Latent latent -> latent(latent);
        };
    }

    private AttentionBlock.Grouped grouped(AttentionTensors.Grouped tensors) {
        var projections = tensors.projections();
        return new AttentionBlock.Grouped(
                tensors.heads(),
                tensors.rule()
                        .scoreRule(tensors.sinks().map(vectors::load).orElse(MemorySegment.NULL)),
                new AttentionBlock.QueryKeyValue(
                        projection(projections.query()),
                        projections.key().map(this::projection),
                        projections.value().map(this::projection),
                        projections.gate().map(this::projection)),
                new AttentionBlock.HeadNorms(
                        tensors.headNorms().afterRotation(),
                        tensors.headNorms().span(),
                        tensors.headNorms().query().map(this::norm),
                        tensors.headNorms().key().map(this::norm),
                        tensors.headNorms().value().map(this::norm)),
                tensors.rope().map(this::rope),
                tensors.rule().temperature(),
                projection(tensors.output()));
    }

    private AttentionBlock.Latent latent(AttentionTensors.Latent tensors) {
        var query = tensors.query();
        return new AttentionBlock.Latent(
                tensors.heads(),
                tensors.rule().scoreRule(MemorySegment.NULL),
                new AttentionBlock.LatentQuery(
                        query.down().map(this::projection),
                        query.norm().map(this::norm),
                        projection(query.up()),
                        query.plainDim()),
                projection(tensors.latent()),
                norm(tensors.latentNorm()),
                new AttentionBlock.LatentHeads(
                        load(tensors.perHead().absorb()), load(tensors.perHead().expand())),
                rope(tensors.rope()),
                projection(tensors.output()));
    }

    private List<PackedWeights> load(List<MatrixTensor> tensors) {
        return tensors.stream().map(matrices::load).toList();
    }

    private FeedForward feedForward(FeedForwardTensors tensors) {
        return switch (tensors) {
            case FeedForwardTensors.Gated gated -> gated(gated);
            case FeedForwardTensors.Plain plain ->
                    new FeedForward.Plain(
                            plain.function(), projection(plain.up()), projection(plain.down()));
            case FeedForwardTensors.Experts experts -> experts(experts);
        };
    }

    private FeedForward.Gated gated(FeedForwardTensors.Gated gated) {
        return new FeedForward.Gated(
                gated.function(),
                projection(gated.gate()),
                projection(gated.up()),
                projection(gated.down()));
    }

    private FeedForward.ExpertNorms expertNorms(FeedForwardTensors.Norms norms) {
        NormWeights router = norm(norms.router());
        int width = norms.router().length();
        for (int i = 0; i < width; i++) {
            float weight = router.weight().getAtIndex(JAVA_FLOAT, i);
            router.weight().setAtIndex(JAVA_FLOAT, i, weight / (float) Math.sqrt(width));
        }
        return new FeedForward.ExpertNorms(
                router, norm(norms.input()), norm(norms.output()), norm(norms.shared()));
    }

    /// Loads all gates, then all upward projections, then all downward ones, as they lie in the file.
    private FeedForward.Experts experts(FeedForwardTensors.Experts tensors) {
        List<FeedForwardTensors.Gated> described = tensors.experts();
        List<Projection> gates = new ArrayList<>();
        described.forEach(expert -> gates.add(projection(expert.gate())));
        List<Projection> ups = new ArrayList<>();
        described.forEach(expert -> ups.add(projection(expert.up())));
        List<FeedForward.Gated> experts = new ArrayList<>();
        for (int i = 0; i < described.size(); i++) {
            Projection down = projection(described.get(i).down());
            experts.add(
                    new FeedForward.Gated(
                            described.get(i).function(), gates.get(i), ups.get(i), down));
        }
        Optional<FeedForward.SharedExpert> shared =
                tensors.shared()
                        .map(
                                one ->
                                        new FeedForward.SharedExpert(
                                                gated(one.block()),
                                                one.gate().map(this::projection)));
        return new FeedForward.Experts(
                new FeedForward.Router(
                        projection(tensors.scores()),
                        tensors.rule(),
                        tensors.selection().bias().map(vectors::load),
                        tensors.selection().expertScales().map(vectors::load)),
                experts,
                shared,
                tensors.norms().map(this::expertNorms));
    }
}
