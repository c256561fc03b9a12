package dev.tokamak.models.template;

import dev.tokamak.models.tokenizer.Tokenizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A conversation on its way to the model: its messages, the tools offered and what else the template may ask for.
/// Immutable.
///
/// @param messages in order, as maps with `role`, `content` and what else the template knows
/// @param tools absent ones are `None` to the template
/// @param addGenerationPrompt whether the assistant's turn is opened at the end
/// @param variables further variables at the template's top level
public record ChatPrompt(
        List<Map<String, ?>> messages,
        Optional<List<Map<String, ?>>> tools,
        boolean addGenerationPrompt,
        Map<String, ?> variables) {

    /// A prompt of these messages that asks for an answer.
    public static ChatPrompt of(List<Map<String, ?>> messages) {
        return new ChatPrompt(messages, Optional.empty(), true, Map.of());
    }

    /// The text that the template makes of this conversation.
    ///
    /// @throws dev.tokamak.models.ModelException with code TEMPLATE when the template refuses it
    public String render(ChatTemplate template, Tokenizer tokenizer) {
        Map<String, @Nullable Object> context = new LinkedHashMap<>(variables);
        context.put("messages", messages);
        context.put("tools", tools.orElse(null));
        context.put("add_generation_prompt", addGenerationPrompt);
        context.put("bos_token", bosText(tokenizer));
        context.put(
                "eos_token",
                tokenizer.eosToken().isPresent()
                        ? tokenizer.token(tokenizer.eosToken().getAsInt())
                        : "");
        return template.render(context);
    }

    /// The token ids of the rendered text, special tokens parsed. BOS is added where the vocabulary asks for it and the
    /// template has not written it.
    public int[] encode(ChatTemplate template, Tokenizer tokenizer) {
        String text = render(template, tokenizer);
        String bos = bosText(tokenizer);
        boolean hasBos = !bos.isEmpty() && text.startsWith(bos);
        return tokenizer.encode(text, !hasBos, true);
    }

    private static String bosText(Tokenizer tokenizer) {
        return tokenizer.bosToken().isPresent()
                ? tokenizer.token(tokenizer.bosToken().getAsInt())
                : "";
    }
}
