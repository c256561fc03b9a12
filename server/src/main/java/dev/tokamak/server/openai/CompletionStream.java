package dev.tokamak.server.openai;

import dev.tokamak.engine.FinishReason;
import dev.tokamak.engine.GenerationEvent.PromptProcessed;
import dev.tokamak.engine.GenerationEvent.TextDelta;
import dev.tokamak.engine.Usage;
import dev.tokamak.server.http.Exchange;
import dev.tokamak.server.openai.wire.AnswerHead;
import dev.tokamak.server.openai.wire.CompletionBody;
import dev.tokamak.server.openai.wire.UsageBody;
import java.util.List;

/// A text completion that is sent in chunks. Confined to the thread of the request.
final class CompletionStream implements StreamedAnswer {

    private final LazyEvents events;
    private final AnswerHead head;
    private final boolean includeUsage;
    private final List<CompletionText> choices;
    private final int perPrompt;
    private boolean toldOnce;
    private UsageBody usage = UsageBody.NONE;

    /// @param choices of all prompts, in order
    CompletionStream(
            Exchange exchange,
            AnswerHead head,
            boolean includeUsage,
            List<CompletionText> choices,
            int perPrompt) {
        events = new LazyEvents(exchange);
        this.head = head;
        this.includeUsage = includeUsage;
        this.choices = choices;
        this.perPrompt = perPrompt;
    }

    @Override
    public LazyEvents events() {
        return events;
    }

    @Override
    public void prompt(int prompt, PromptProcessed event) {
        for (int choice = 0; choice < perPrompt; choice++) {
            at(prompt, choice).prompt(event);
            sendPiece(prompt, choice);
        }
    }

    @Override
    public void delta(int prompt, TextDelta event) {
        at(prompt, event.choice()).append(event);
        sendPiece(prompt, event.choice());
    }

    @Override
    public void finished(int prompt, int choice, FinishReason reason) {
        sendPiece(prompt, choice);
        at(prompt, choice).finish(FinishReasons.name(reason));
        send(at(prompt, choice).piece());
    }

    @Override
    public void completed(int prompt, Usage used) {
        usage = usage.plus(Usages.body(used));
    }

    @Override
    public void finish() {
        if (includeUsage) {
            events.send(new CompletionBody(head, List.of(), usage).json(false));
        }
    }

    private void sendPiece(int prompt, int choice) {
        if (at(prompt, choice).hasPiece()) {
            send(at(prompt, choice).piece());
        }
    }

    private void send(CompletionBody.Choice piece) {
        events.send(new CompletionBody(head, List.of(piece), null).json(!toldOnce));
        toldOnce = true;
    }

    private CompletionText at(int prompt, int choice) {
        return choices.get(prompt * perPrompt + choice);
    }
}
