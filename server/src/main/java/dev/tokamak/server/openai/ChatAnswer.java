package dev.tokamak.server.openai;

import dev.tokamak.engine.FinishReason;
import dev.tokamak.engine.GenerationEvent.PromptProcessed;
import dev.tokamak.engine.GenerationEvent.TextDelta;
import dev.tokamak.engine.GenerationRequest;
import dev.tokamak.engine.Usage;
import dev.tokamak.server.openai.wire.AnswerHead;
import dev.tokamak.server.openai.wire.ChatCompletionBody;
import dev.tokamak.server.openai.wire.UsageBody;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A chat completion that is sent whole. Confined to the thread of the request.
final class ChatAnswer implements WholeAnswer {

    private final AnswerHead head;
    private final TokenTexts texts;
    private final boolean scored;
    private final List<Choice> choices = new ArrayList<>();
    private UsageBody usage = UsageBody.NONE;

    private static final class Choice {
        final StringBuilder text = new StringBuilder();
        final @Nullable ArrayNode logprobs;
        String reason = "";

        Choice(@Nullable ArrayNode logprobs) {
            this.logprobs = logprobs;
        }
    }

    ChatAnswer(AnswerHead head, GenerationRequest request, TokenTexts texts) {
        this.head = head;
        this.texts = texts;
        scored = request.scores().generated();
        for (int i = 0; i < request.choices(); i++) {
            choices.add(new Choice(scored ? JsonNodeFactory.instance.arrayNode() : null));
        }
    }

    @Override
    public void prompt(int prompt, PromptProcessed event) {}

    @Override
    public void delta(int prompt, TextDelta event) {
        Choice choice = choices.get(event.choice());
        choice.text.append(event.text());
        if (choice.logprobs != null) {
            choice.logprobs.addAll(texts.chat(event.scores()));
        }
    }

    @Override
    public void finished(int prompt, int choice, FinishReason reason) {
        choices.get(choice).reason = FinishReasons.name(reason);
    }

    @Override
    public void completed(int prompt, Usage used) {
        usage = Usages.body(used);
    }

    @Override
    public ObjectNode json() {
        List<ChatCompletionBody.Choice> bodies = new ArrayList<>();
        for (int i = 0; i < choices.size(); i++) {
            Choice choice = choices.get(i);
            bodies.add(
                    new ChatCompletionBody.Choice(
                            i, choice.text.toString(), choice.logprobs, choice.reason));
        }
        return new ChatCompletionBody(head, bodies, usage).json();
    }
}
