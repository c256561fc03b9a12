package dev.tokamak.engine;

import java.time.Duration;
import java.util.Optional;

/// A request in the engine, as its client sees it. Read by one thread; [#cancel] by any.
public interface Generation {

    /// Waits for the next event. After [GenerationEvent.Completed] or [GenerationEvent.Failed] there is none.
    GenerationEvent next() throws InterruptedException;

    /// Waits at most this long for the next event; empty when none came, so that a connection can be kept alive.
    Optional<GenerationEvent> poll(Duration timeout) throws InterruptedException;

    /// Ends the request and frees its pages before the next step. Idempotent.
    void cancel();
}
