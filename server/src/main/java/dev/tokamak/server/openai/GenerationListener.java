package dev.tokamak.server.openai;

import dev.tokamak.engine.FinishReason;
import dev.tokamak.engine.GenerationEvent.PromptProcessed;
import dev.tokamak.engine.GenerationEvent.TextDelta;
import dev.tokamak.engine.Usage;

/// Told what happens to the generations of one HTTP request, one call at a time.
interface GenerationListener {

    /// A prompt, by its place in the request, has been processed.
    void prompt(int prompt, PromptProcessed event);

    /// A choice of a prompt goes on.
    void delta(int prompt, TextDelta event);

    /// A choice of a prompt has ended, and not by cancellation.
    void finished(int prompt, int choice, FinishReason reason);

    /// All choices of a prompt have ended.
    void completed(int prompt, Usage usage);

    /// Nothing has happened for a while.
    void silence();
}
