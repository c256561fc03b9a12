package dev.tokamak.app.bench;

import dev.tokamak.engine.execute.CpuBackendOptions;
import dev.tokamak.kernels.attention.KvLayout;
import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.models.architecture.DecoderLayer;
import dev.tokamak.models.architecture.DecoderModel;
import java.util.List;
import java.util.stream.Stream;

/// What the workloads of a benchmark must read and compute with one model, the least that any program could: weights as
/// they are packed, keys and values at their depth, and the products of linear layers. Immutable.
///
/// @param layers all layers, for one token
/// @param head the output head, for one token
/// @param kvBytes keys and values of one token in all layers
record ModelWork(StepWork layers, StepWork head, double kvBytes) {

    static ModelWork of(DecoderModel model) {
        StepWork layers =
                model.layers().stream()
                        .flatMap(ModelWork::matrices)
                        .map(ModelWork::product)
                        .reduce(StepWork.NONE, StepWork::plus);
        double kvBytes = (double) CpuBackendOptions.pageBytes(model) / KvLayout.PAGE_TOKENS;
        return new ModelWork(layers, product(model.head()), kvBytes);
    }

    private static Stream<PackedWeights> matrices(DecoderLayer layer) {
        var attention = layer.attention();
        var feedForward = layer.feedForward();
        return List.of(
                        attention.query(),
                        attention.key(),
                        attention.value(),
                        attention.output(),
                        feedForward.gate(),
                        feedForward.up(),
                        feedForward.down())
                .stream()
                .map(projection -> projection.weights());
    }

    private static StepWork product(PackedWeights weights) {
        double operations = 2.0 * weights.rows() * weights.columns();
        return weights.readsQuantized()
                ? new StepWork(weights.sizeBytes(), operations, 0)
                : new StepWork(weights.sizeBytes(), 0, operations);
    }

    /// A prompt of so many tokens in batches of at most `batchTokens`: weights are read once for each batch, and the head
    /// is computed for the last token only.
    StepWork prefill(int tokens, int batchTokens) {
        double batches = Math.ceil((double) tokens / batchTokens);
        StepWork passes =
                new StepWork(
                        layers.bytes() * batches + kvBytes * tokens,
                        layers.integerOperations() * tokens,
                        layers.floatOperations() * tokens);
        return passes.plus(head);
    }

    /// One step in which each of so many users gets a token after so many tokens of context.
    StepWork decode(int users, double contextTokens) {
        return layers.plus(head)
                .forTokens(users)
                .plus(new StepWork(kvBytes * contextTokens * users, 0, 0));
    }
}
