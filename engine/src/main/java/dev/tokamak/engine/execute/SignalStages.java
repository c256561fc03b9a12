package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.linear.Activations;
import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.kernels.linear.WeightPacker;
import dev.tokamak.models.architecture.DecoderLayer.BlockNorms;
import dev.tokamak.models.architecture.DecoderLayer.TokenSignal;
import dev.tokamak.models.architecture.DecoderModel.TokenSignals;
import java.util.List;
import java.util.Optional;

/// What layers are told of tokens beside the residual stream, as stages: one after the embedding computes the signals of all
/// layers, and each layer ends with stages that let its own join the stream. Confined to the engine thread while it is made.
final class SignalStages {

    private final Workbench bench;
    private final PackedWeights tokenRows;
    private final Projected projected;
    private final RowNorm norm;
    private final int width;
    private final Activations embedded;
    private final Rows read;

    SignalStages(Workbench bench, TokenSignals signals) {
        this.bench = bench;
        this.tokenRows = signals.rows();
        int columns = tokenRows.columns();
        Workspace workspace = bench.workspace();
        this.projected =
                Projected.of(signals.projection(), workspace.tokenRows("signals", columns));
        this.norm = new RowNorm(bench, signals.norm());
        this.width = (int) (signals.norm().weight().byteSize() / Float.BYTES);
        this.embedded = workspace.tokenActivations("embedded", workspace.residual.columns());
        this.read = workspace.tokenRows("signals read", columns);
    }

    /// What is done with complete embeddings in the residual stream, before [#stages].
    RowFinish start() {
        return new NormFinish(
                bench,
                bench.workspace().residual,
                Optional.empty(),
                embedded,
                projected.weights().readsQuantized());
    }

    /// Computes the signals of all layers.
    List<Stage> stages() {
        return List.of(
                new ProductStage(
                        "signals", bench, RowSet.TOKENS, embedded, this::finish, projected),
                new FinishStage("read signals", bench, RowSet.TOKENS, this::finish));
    }

    private void finish(int firstToken, int tokenCount) {
        for (int token = firstToken; token < firstToken + tokenCount; token++) {
            finish(token);
        }
    }

    private void finish(int token) {
        Rows rows = projected.rows();
        long at = rows.offsetBytes(token);
        int columns = rows.columns();
        var activation = bench.kernels().activation();
        float share = 1 / (float) Math.sqrt(embedded.columns());
        activation.scale(rows.memory(), at, share, columns);
        norm.applyInPlace(rows.memory(), at, width, columns / width);
        WeightPacker.readRow(tokenRows, bench.plan().token(token), read.memory(), at);
        activation.addScaled(
                rows.memory(), at, read.memory(), at, (float) Math.sqrt(width), columns);
        activation.scale(rows.memory(), at, (float) Math.sqrt(0.5), columns);
    }

    /// The end of one layer.
    ///
    /// @param layer its number
    /// @param next what is done with complete rows of the residual stream
    LayerEnd end(int layer, TokenSignal signal, RowFinish next) {
        return new LayerEnd(layer, signal, next);
    }

    /// Lets the signals of one layer join the residual stream.
    final class LayerEnd {

        private final int layer;
        private final TokenSignal signal;
        private final RowFinish next;
        private final Activations inner;
        private final Projected gate;

        private LayerEnd(int layer, TokenSignal signal, RowFinish next) {
            this.layer = layer;
            this.signal = signal;
            this.next = next;
            inner = bench.workspace().tokenActivations("signal inner", width);
            gate = Projected.of(signal.gate(), Rows.of(inner));
        }

        /// What is done with rows of the residual stream that both blocks have joined, before [#stages].
        RowFinish start() {
            return new NormFinish(
                    bench,
                    bench.workspace().residual,
                    Optional.empty(),
                    bench.workspace().normed,
                    gate.weights().readsQuantized());
        }

        List<Stage> stages() {
            Workspace workspace = bench.workspace();
            RowFinish joined =
                    new ResidualFinish(
                            bench,
                            signal.up().bias(),
                            new BlockNorms(
                                    Optional.empty(), Optional.of(signal.norm()), Optional.empty()),
                            1,
                            workspace.residual,
                            next);
            return List.of(
                    new ProductStage(
                            "signal gate",
                            bench,
                            RowSet.TOKENS,
                            workspace.normed,
                            this::applySignal,
                            gate),
                    new FinishStage("apply signal", bench, RowSet.TOKENS, this::applySignal),
                    new ProductStage(
                            "signal up",
                            bench,
                            RowSet.TOKENS,
                            inner,
                            joined,
                            Projected.of(signal.up(), workspace.delta)),
                    new FinishStage("add and norm", bench, RowSet.TOKENS, joined));
        }

        private void applySignal(int firstToken, int tokenCount) {
            Rows signals = projected.rows();
            Rows gates = gate.rows();
            long column = (long) layer * width * Float.BYTES;
            for (int token = firstToken; token < firstToken + tokenCount; token++) {
                long at = gates.offsetBytes(token);
                bench.kernels()
                        .activation()
                        .gate(
                                signal.function(),
                                gates.memory(),
                                at,
                                signals.memory(),
                                signals.offsetBytes(token) + column,
                                gates.memory(),
                                at,
                                width);
            }
            if (signal.up().weights().readsQuantized()) {
                bench.kernels().linear().quantize(inner, firstToken, tokenCount);
            }
        }
    }
}
