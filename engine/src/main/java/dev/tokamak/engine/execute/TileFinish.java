package dev.tokamak.engine.execute;

/// What is left to do for a tile of tokens once the rows of the residual stream are complete.
@FunctionalInterface
interface TileFinish {

    /// Finishes these tokens.
    void finish(int firstToken, int tokenCount);
}
