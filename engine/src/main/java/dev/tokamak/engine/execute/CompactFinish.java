package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.linear.Activations;
import java.lang.foreign.MemorySegment;

/// Takes what the rest of the last layer needs of tokens that ask for logits into compact rows: what they attended to and
/// their residual stream. The tokens must all ask for logits.
final class CompactFinish implements RowFinish {

    private final Workbench bench;
    private final Activations attended;
    private final Activations compact;
    private final boolean quantize;

    /// @param quantize whether the output projection has integer weights
    CompactFinish(Workbench bench, Activations attended, Activations compact, boolean quantize) {
        this.bench = bench;
        this.attended = attended;
        this.compact = compact;
        this.quantize = quantize;
    }

    @Override
    public void finish(int firstToken, int tokenCount) {
        Rows residual = bench.workspace().residual;
        Rows compactResidual = bench.workspace().compactResidual;
        int firstRow = bench.plan().rowsBefore(firstToken);
        MemorySegment.copy(
                attended.floats(),
                attended.offsetBytes(firstToken),
                compact.floats(),
                compact.offsetBytes(firstRow),
                attended.offsetBytes(tokenCount));
        MemorySegment.copy(
                residual.memory(),
                residual.offsetBytes(firstToken),
                compactResidual.memory(),
                compactResidual.offsetBytes(firstRow),
                residual.offsetBytes(tokenCount));
        if (quantize) {
            bench.kernels().linear().quantize(compact, firstRow, tokenCount);
        }
    }
}
