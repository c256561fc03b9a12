package dev.tokamak.server.openai;

import dev.tokamak.engine.GenerationEvent.PromptProcessed;
import dev.tokamak.engine.GenerationEvent.TextDelta;
import dev.tokamak.engine.GenerationRequest;
import dev.tokamak.server.openai.wire.CompletionBody;
import dev.tokamak.server.openai.wire.CompletionLogprobs;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The growing text of one choice of a completion, taken out whole or piece by piece. Confined to the thread of the
/// request.
final class CompletionText {

    private final int index;
    private final TokenTexts texts;
    private final Optional<String> echo;
    private final boolean scored;
    private final StringBuilder text = new StringBuilder();
    private CompletionLogprobs logprobs = new CompletionLogprobs();
    private int offset;
    private @Nullable String finishReason;

    /// @param echo the prompt where it is repeated
    CompletionText(int index, TokenTexts texts, Optional<String> echo, GenerationRequest request) {
        this.index = index;
        this.texts = texts;
        this.echo = echo;
        scored = request.scores().generated();
    }

    void prompt(PromptProcessed event) {
        echo.ifPresent(text::append);
        if (echo.isPresent() && scored) {
            offset = texts.completion(logprobs, event.scores(), offset);
        }
    }

    void append(TextDelta event) {
        text.append(event.text());
        if (scored) {
            offset = texts.completion(logprobs, event.scores(), offset);
        }
    }

    void finish(String reason) {
        finishReason = reason;
    }

    /// Whether there is anything to tell since the last piece.
    boolean hasPiece() {
        return !text.isEmpty() || !logprobs.isEmpty();
    }

    /// What has come since the last piece.
    CompletionBody.Choice piece() {
        CompletionBody.Choice piece =
                new CompletionBody.Choice(
                        index,
                        text.toString(),
                        scored && !logprobs.isEmpty() ? logprobs : null,
                        finishReason);
        text.setLength(0);
        logprobs = new CompletionLogprobs();
        return piece;
    }

    /// Everything.
    CompletionBody.Choice whole() {
        return new CompletionBody.Choice(
                index, text.toString(), scored ? logprobs : null, finishReason);
    }
}
