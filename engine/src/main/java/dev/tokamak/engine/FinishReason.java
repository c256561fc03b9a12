package dev.tokamak.engine;

/// Why a choice ended.
public sealed interface FinishReason {

    /// The model ended its turn.
    record EndOfSequence(int token) implements FinishReason {}

    /// A stop string or stop token of the request came.
    record Stop(String match) implements FinishReason {}

    /// The token limit or the context is full.
    record Length() implements FinishReason {}

    /// The client cancelled, vanished or did not read in time.
    record Cancelled(String reason) implements FinishReason {}
}
