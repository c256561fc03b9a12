package dev.tokamak.engine;

import dev.tokamak.engine.execute.Backend;
import dev.tokamak.models.tokenizer.Tokenizer;
import java.time.Duration;
import java.time.InstantSource;

/// Serves many generation requests at once on one backend. Thread-safe: any thread may submit; one thread inside owns
/// the scheduler, the pages and the batch.
public final class Engine implements AutoCloseable {

    private Engine() {}

    /// Starts the engine thread. The engine closes the backend when it is closed.
    public static Engine start(
            Backend backend, Tokenizer tokenizer, EngineOptions options, InstantSource clock) {
        throw new AssertionError(
                "replaced by the implementation " + backend + tokenizer + options + clock);
    }

    /// Queues a request or says why not.
    public AdmissionOutcome submit(GenerationRequest request) {
        throw new AssertionError("replaced by the implementation " + request);
    }

    public EngineStatus status() {
        throw new AssertionError("replaced by the implementation");
    }

    public EngineOptions options() {
        throw new AssertionError("replaced by the implementation");
    }

    /// Refuses new requests, lets the others finish for at most this long, cancels the rest and ends the thread.
    public void drain(Duration limit) {
        throw new AssertionError("replaced by the implementation " + limit);
    }

    /// Cancels everything and ends the thread. Idempotent.
    @Override
    public void close() {}
}
