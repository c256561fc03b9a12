package dev.tokamak.server.openai;

import dev.tokamak.engine.FinishReason;
import dev.tokamak.engine.GenerationEvent.PromptProcessed;
import dev.tokamak.engine.GenerationEvent.TextDelta;
import dev.tokamak.engine.GenerationRequest;
import dev.tokamak.engine.Usage;
import dev.tokamak.server.http.Exchange;
import dev.tokamak.server.openai.wire.AnswerHead;
import dev.tokamak.server.openai.wire.ChatChunk;
import dev.tokamak.server.openai.wire.UsageBody;

/// A chat completion that is sent in chunks. Confined to the thread of the request.
final class ChatStream implements StreamedAnswer {

    private final LazyEvents events;
    private final ChatChunk chunks;
    private final GenerationRequest request;
    private final TokenTexts texts;
    private UsageBody usage = UsageBody.NONE;

    ChatStream(
            Exchange exchange,
            AnswerHead head,
            boolean includeUsage,
            GenerationRequest request,
            TokenTexts texts) {
        events = new LazyEvents(exchange);
        chunks = new ChatChunk(head, includeUsage);
        this.request = request;
        this.texts = texts;
    }

    @Override
    public LazyEvents events() {
        return events;
    }

    @Override
    public void prompt(int prompt, PromptProcessed event) {
        for (int choice = 0; choice < request.choices(); choice++) {
            events.send(chunks.role(choice));
        }
    }

    @Override
    public void delta(int prompt, TextDelta event) {
        boolean scored = request.scores().generated();
        if (event.text().isEmpty() && !(scored && !event.scores().isEmpty())) {
            return;
        }
        events.send(
                chunks.text(
                        event.choice(), event.text(), scored ? texts.chat(event.scores()) : null));
    }

    @Override
    public void finished(int prompt, int choice, FinishReason reason) {
        events.send(chunks.finish(choice, FinishReasons.name(reason)));
    }

    @Override
    public void completed(int prompt, Usage used) {
        usage = Usages.body(used);
    }

    @Override
    public void finish() {
        if (chunks.includeUsage()) {
            events.send(chunks.usage(usage));
        }
    }
}
