package dev.tokamak.server.openai;

import dev.tokamak.engine.FinishReason;
import dev.tokamak.engine.GenerationEvent.PromptProcessed;
import dev.tokamak.engine.GenerationEvent.TextDelta;
import dev.tokamak.engine.Usage;
import dev.tokamak.server.openai.wire.AnswerHead;
import dev.tokamak.server.openai.wire.CompletionBody;
import dev.tokamak.server.openai.wire.UsageBody;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// A text completion that is sent whole. Confined to the thread of the request.
final class CompletionAnswer implements WholeAnswer {

    private final AnswerHead head;
    private final List<CompletionText> choices;
    private final int perPrompt;
    private UsageBody usage = UsageBody.NONE;

    /// @param choices of all prompts, in order
    CompletionAnswer(AnswerHead head, List<CompletionText> choices, int perPrompt) {
        this.head = head;
        this.choices = choices;
        this.perPrompt = perPrompt;
    }

    @Override
    public void prompt(int prompt, PromptProcessed event) {
        for (int choice = 0; choice < perPrompt; choice++) {
            at(prompt, choice).prompt(event);
        }
    }

    @Override
    public void delta(int prompt, TextDelta event) {
        at(prompt, event.choice()).append(event);
    }

    @Override
    public void finished(int prompt, int choice, FinishReason reason) {
        at(prompt, choice).finish(FinishReasons.name(reason));
    }

    @Override
    public void completed(int prompt, Usage used) {
        usage = usage.plus(Usages.body(used));
    }

    @Override
    public ObjectNode json() {
        List<CompletionBody.Choice> bodies = choices.stream().map(CompletionText::whole).toList();
        return new CompletionBody(head, bodies, usage).json(true);
    }

    private CompletionText at(int prompt, int choice) {
        return choices.get(prompt * perPrompt + choice);
    }
}
