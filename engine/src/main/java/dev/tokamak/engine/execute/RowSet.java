package dev.tokamak.engine.execute;

/// Which rows a stage works on.
enum RowSet {
    /// Every token of the batch, in its order.
    TOKENS,

    /// Only the tokens that ask for logits, in their order, one row after the other: all that the last layer needs once its
    /// keys and values are stored.
    LOGIT_ROWS;

    int rows(BatchPlan plan) {
        return switch (this) {
            case TOKENS -> plan.tokenCount();
            case LOGIT_ROWS -> plan.logitRows();
        };
    }
}
