package dev.tokamak.engine;

/// The engine's answer to a request.
public sealed interface AdmissionOutcome {

    /// The request is queued; read its events.
    record Admitted(Generation generation) implements AdmissionOutcome {}

    /// The request was refused; the message names the value and the limit.
    record Rejected(Reason reason, String message) implements AdmissionOutcome {}

    /// Why a request is refused.
    enum Reason {
        /// Too many requests wait already: try again later.
        QUEUE_FULL,
        /// The prompt leaves no room in the context, or the whole KV cache cannot hold it.
        PROMPT_TOO_LONG,
        /// The engine is stopping.
        STOPPING
    }
}
