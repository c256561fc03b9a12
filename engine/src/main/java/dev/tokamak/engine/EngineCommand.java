package dev.tokamak.engine;

/// What other threads ask of the engine thread. Immutable, but for the request inside, which the engine thread owns.
sealed interface EngineCommand {

    record Submit(LiveRequest request) implements EngineCommand {}

    record Cancel(LiveRequest request, String reason) implements EngineCommand {}

    record CancelAll(String reason) implements EngineCommand {}

    /// A reader has made room in a full event queue.
    record Resume() implements EngineCommand {}

    /// Fail what is left and end the thread.
    record Stop() implements EngineCommand {}
}
