package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.linear.Activations;
import dev.tokamak.models.architecture.Projection;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// A projection back to the residual stream; the last worker of a tile adds it and prepares what reads the stream next.
final class ResidualStage implements Stage {

    private final String name;
    private final Workbench bench;
    private final Projection projection;
    private final @Nullable MemorySegment bias;
    private final Activations input;
    private final TileFinish next;
    private final PieceGrid grid;

    ResidualStage(
            String name,
            Workbench bench,
            Projection projection,
            Activations input,
            TileFinish next) {
        this.name = name;
        this.bench = bench;
        this.projection = projection;
        this.bias = projection.bias().orElse(null);
        this.input = input;
        this.next = next;
        this.grid = bench.grid(projection.weights().groups(), projection.weights().sizeBytes());
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int prepare() {
        return bench.cutTokens(grid);
    }

    @Override
    public long bytes() {
        return projection.weights().sizeBytes();
    }

    @Override
    public long multiplyAdds() {
        return bench.plan().tokenCount() * projection.weights().multiplyAdds();
    }

    @Override
    public void run(int piece, int worker) {
        int first = grid.firstToken(piece);
        int tokens = grid.tokenCount(piece);
        bench.multiply(
                projection.weights(),
                input,
                bench.workspace().delta,
                first,
                tokens,
                grid.firstGroup(piece),
                grid.groupCount(piece));
        if (bench.countdown().completes(grid.tile(piece))) {
            for (int token = first; token < first + tokens; token++) {
                addToResidual(token);
            }
            next.finish(first, tokens);
        }
    }

    private void addToResidual(int token) {
        Rows delta = bench.workspace().delta;
        Rows residual = bench.workspace().residual;
        bench.spoilIfNotFinite(projection.weights().readsQuantized(), input, token, delta);
        if (bias != null) {
            bench.kernels()
                    .activation()
                    .add(delta.memory(), delta.offsetBytes(token), bias, 0, delta.columns());
        }
        bench.kernels()
                .activation()
                .add(
                        residual.memory(),
                        residual.offsetBytes(token),
                        delta.memory(),
                        delta.offsetBytes(token),
                        residual.columns());
    }
}
