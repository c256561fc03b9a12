package dev.tokamak.server.openai;

/// An answer that is sent as it grows.
interface StreamedAnswer extends GenerationListener {

    /// Where it is sent.
    LazyEvents events();

    /// Sends what follows the last event.
    void finish();

    @Override
    default void silence() {
        events().keepAlive();
    }
}
