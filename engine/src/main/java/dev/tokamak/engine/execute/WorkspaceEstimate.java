package dev.tokamak.engine.execute;

import dev.tokamak.models.architecture.DecoderDescription;
import dev.tokamak.models.architecture.HeadShape;

/// How much memory the intermediate rows of a forward pass will take, before the model is loaded: within about a tenth of
/// what [Workspace] allocates for layers of the common kinds.
public final class WorkspaceEstimate {

    /// Bytes of a value in a row that is also kept quantised: fp32, and a record of 64 bytes for 32 of them.
    private static final int ACTIVATION_BYTES = Float.BYTES + 2;

    private WorkspaceEstimate() {}

    /// Bytes for batches of this size.
    public static long bytes(DecoderDescription model, CpuBackendOptions options) {
        long hidden = model.shape().hidden();
        long heads = 0;
        for (HeadShape shape : model.heads()) {
            long queries = (long) shape.queries() * shape.keyDim();
            long outputs = (long) shape.queries() * shape.valueDim();
            long keyValues = (long) shape.keyValues() * (shape.keyDim() + shape.valueDim());
            heads =
                    Math.max(
                            heads,
                            (queries + keyValues) * Float.BYTES + outputs * ACTIVATION_BYTES);
        }
        long inner = (long) model.widestFeedForward() * (Float.BYTES + ACTIVATION_BYTES);
        long signals = 2L * model.signalColumns() * Float.BYTES;
        long token = 2 * hidden * Float.BYTES + hidden * ACTIVATION_BYTES + heads + inner + signals;
        long logitRow = (hidden + (long) model.shape().vocabulary()) * Float.BYTES;
        return token * options.maxBatchTokens() + logitRow * options.maxLogitRows();
    }
}
