package dev.tokamak.app.bench;

import dev.tokamak.engine.execute.KvGroups;
import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.models.architecture.AttentionBlock;
import dev.tokamak.models.architecture.DecoderLayer;
import dev.tokamak.models.architecture.DecoderModel;
import dev.tokamak.models.architecture.FeedForward;
import dev.tokamak.models.architecture.Projection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What the workloads of a benchmark must read and compute with one model, the least that any program could: weights as
/// they are packed, keys and values at their depth, and the products of linear layers. Immutable.
///
/// @param layers all layers, for one token
/// @param tail what of the last layer nobody but a token that asks for logits needs: all but keys and values
/// @param head the output head, for one token
/// @param visibleBytes keys and values that a token sees after so many tokens
record ModelWork(StepWork layers, StepWork tail, StepWork head, DoubleUnaryOperator visibleBytes) {

    static ModelWork of(DecoderModel model) {
        StepWork layers =
                model.layers().stream()
                        .map(layer -> stored(layer).plus(rest(layer)))
                        .reduce(StepWork.NONE, StepWork::plus);
        return new ModelWork(
                layers,
                rest(model.layers().getLast()),
                product(model.head().projection().weights()),
                KvGroups.of(model)::visibleBytes);
    }

    /// What keys and values are made by.
    private static StepWork stored(DecoderLayer layer) {
        return switch (layer.attention()) {
            case AttentionBlock.Grouped grouped ->
                    products(grouped.projections().all().skip(1).map(Projection::weights));
            case AttentionBlock.Latent latent -> product(latent.latent().weights());
        };
    }

    private static StepWork rest(DecoderLayer layer) {
        StepWork attention =
                switch (layer.attention()) {
                    case AttentionBlock.Grouped grouped ->
                            products(
                                    Stream.of(grouped.projections().query(), grouped.output())
                                            .map(Projection::weights));
                    case AttentionBlock.Latent latent ->
                            products(
                                    latent.matrices()
                                            .filter(one -> one != latent.latent().weights()));
                };
        StepWork signal =
                products(
                        layer.end().signal().stream()
                                .flatMap(one -> Stream.of(one.gate(), one.up()))
                                .map(Projection::weights));
        return attention.plus(feedForward(layer.feedForward())).plus(signal);
    }

    /// Of experts only those that a token uses.
    private static StepWork feedForward(FeedForward block) {
        if (!(block instanceof FeedForward.Experts experts)) {
            return products(block.matrices());
        }
        int unused = experts.experts().size() - experts.router().rule().used();
        Set<PackedWeights> left =
                experts.experts().stream()
                        .limit(unused)
                        .flatMap(FeedForward.Gated::matrices)
                        .collect(Collectors.toCollection(ModelWork::identitySet));
        return products(block.matrices().filter(one -> !left.contains(one)));
    }

    private static Set<PackedWeights> identitySet() {
        return Collections.newSetFromMap(new IdentityHashMap<>());
    }

    private static StepWork products(Stream<PackedWeights> matrices) {
        return matrices.map(ModelWork::product).reduce(StepWork.NONE, StepWork::plus);
    }

    private static StepWork product(PackedWeights weights) {
        double operations = 2.0 * weights.rows() * weights.columns();
        return weights.readsQuantized()
                ? new StepWork(weights.sizeBytes(), operations, 0)
                : new StepWork(weights.sizeBytes(), 0, operations);
    }

    /// The share of an operation's products that multiply integers; `operation` is a name in a profile.
    double integerShare(String operation) {
        return switch (operation) {
            case "attention" -> 0;
            case "head" -> head.integerOperations() / Math.max(1, head.operations());
            default -> layers.integerOperations() / Math.max(1, layers.operations());
        };
    }

    /// A prompt of so many tokens in batches of at most `batchTokens`: weights are read once for each batch; the head and
    /// the tail are computed for the last token only.
    StepWork prefill(int tokens, int batchTokens) {
        double batches = Math.ceil((double) tokens / batchTokens);
        double others = tokens - 1.0;
        return new StepWork(
                layers.bytes() * batches + visibleBytes.applyAsDouble(tokens) + head.bytes(),
                layers.integerOperations() * tokens
                        - tail.integerOperations() * others
                        + head.integerOperations(),
                layers.floatOperations() * tokens
                        - tail.floatOperations() * others
                        + head.floatOperations());
    }

    /// One step in which each of so many users gets a token after so many tokens of context.
    StepWork decode(int users, double contextTokens) {
        return layers.plus(head)
                .forTokens(users)
                .plus(new StepWork(visibleBytes.applyAsDouble(contextTokens) * users, 0, 0));
    }
}
