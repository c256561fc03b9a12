package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import java.lang.foreign.MemorySegment;

/// Takes the residual stream of tokens that ask for logits into compact rows and finishes those.
final class LogitRowFinish implements RowFinish {

    private final Workbench bench;
    private final RowFinish next;

    LogitRowFinish(Workbench bench, RowFinish next) {
        this.bench = bench;
        this.next = next;
    }

    @Override
    public void finish(int firstToken, int tokenCount) {
        Rows residual = bench.workspace().residual;
        Rows compact = bench.workspace().compactResidual;
        for (int token = firstToken; token < firstToken + tokenCount; token++) {
            if (bench.plan().wantsLogits(token)) {
                int row = bench.plan().rowsBefore(token);
                MemorySegment.copy(
                        residual.memory(),
                        residual.offsetBytes(token),
                        compact.memory(),
                        compact.offsetBytes(row),
                        residual.offsetBytes(1));
                next.finish(row, 1);
            }
        }
    }
}
