package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.linear.Activations;
import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.models.architecture.GatedFeedForward;

/// Gate and up projections with their product `silu(gate) * up`; the last worker of a tile quantises it.
final class GatedStage implements Stage {

    private final Workbench bench;
    private final PackedWeights gate;
    private final PackedWeights up;
    private final boolean readsQuantized;
    private final boolean quantize;
    private final Rows gated;
    private final PieceGrid grid;

    GatedStage(Workbench bench, GatedFeedForward feedForward) {
        this.bench = bench;
        this.gate = feedForward.gate().weights();
        this.up = feedForward.up().weights();
        this.readsQuantized = gate.readsQuantized() || up.readsQuantized();
        this.quantize = feedForward.down().weights().readsQuantized();
        Activations target = bench.workspace().gated;
        this.gated = new Rows(target.floats(), target.columns());
        this.grid = bench.grid(gate.groups(), gate.sizeBytes() + up.sizeBytes());
    }

    @Override
    public String name() {
        return "gate/up";
    }

    @Override
    public int prepare() {
        return bench.cutTokens(grid);
    }

    @Override
    public long bytes() {
        return gate.sizeBytes() + up.sizeBytes();
    }

    @Override
    public long multiplyAdds() {
        return bench.plan().tokenCount() * (gate.multiplyAdds() + up.multiplyAdds());
    }

    @Override
    public void run(int piece, int worker) {
        int first = grid.firstToken(piece);
        int tokens = grid.tokenCount(piece);
        multiply(gate, gated, piece);
        multiply(up, bench.workspace().up, piece);
        for (int token = first; token < first + tokens; token++) {
            gate(token, piece);
        }
        if (bench.countdown().completes(grid.tile(piece))) {
            complete(first, tokens);
        }
    }

    private void complete(int firstToken, int tokens) {
        for (int token = firstToken; token < firstToken + tokens; token++) {
            bench.spoilIfNotFinite(readsQuantized, bench.workspace().normed, token, gated);
        }
        if (quantize) {
            bench.kernels().linear().quantize(bench.workspace().gated, firstToken, tokens);
        }
    }

    private void multiply(PackedWeights weights, Rows output, int piece) {
        bench.multiply(
                weights,
                bench.workspace().normed,
                output,
                grid.firstToken(piece),
                grid.tokenCount(piece),
                grid.firstGroup(piece),
                grid.groupCount(piece));
    }

    private void gate(int token, int piece) {
        int firstColumn = grid.firstGroup(piece) * PackedWeights.GROUP_ROWS;
        int columns =
                Math.min(
                        grid.groupCount(piece) * PackedWeights.GROUP_ROWS,
                        gate.rows() - firstColumn);
        long gatedBytes = gated.offsetBytes(token) + (long) firstColumn * Float.BYTES;
        Rows upRows = bench.workspace().up;
        bench.kernels()
                .activation()
                .siluGate(
                        gated.memory(),
                        gatedBytes,
                        upRows.memory(),
                        upRows.offsetBytes(token) + (long) firstColumn * Float.BYTES,
                        gated.memory(),
                        gatedBytes,
                        columns);
    }
}
