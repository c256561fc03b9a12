package dev.tokamak.server.openai.wire;

import dev.tokamak.server.model.ServerException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A text completion request, as sent. Immutable.
///
/// @param prompts in order, at least one
/// @param logprobs most likely tokens reported beside each; null when no log-probabilities are asked for
public record CompletionRequest(
        CommonFields common,
        SamplingFields sampling,
        SamplingFields.StopFields stop,
        List<Prompt> prompts,
        boolean echo,
        @Nullable Integer logprobs) {

    /// The limit that OpenAI documents for requests that name none.
    private static final int DEFAULT_MAX_TOKENS = 16;

    private static final int MAX_PROMPTS = 2_048;
    private static final List<String> UNUSED =
            List.of("user", "metadata", "store", "service_tier", "priority");

    /// A text to continue, as text or as token ids.
    public sealed interface Prompt {
        record Text(String text) implements Prompt {}

        record Tokens(List<Integer> ids) implements Prompt {}
    }

    /// Reads the body of a request.
    ///
    /// @throws ServerException naming the field that is wrong
    public static CompletionRequest read(JsonNode body) {
        JsonFields fields = JsonFields.of(body, "");
        List<Prompt> prompts = prompts(fields);
        String suffix = fields.text("suffix");
        if (suffix != null && !suffix.isEmpty()) {
            throw ServerException.notSupported(
                    "suffix", "suffix (fill in the middle) is not supported by this release");
        }
        refuseBestOf(fields);
        SamplingFields sampling = SamplingFields.read(fields);
        Integer maxTokens = fields.integer("max_tokens");
        if (maxTokens != null && maxTokens < 0) {
            throw ServerException.invalid(
                    "max_tokens", "max_tokens must be 0 or more, found " + maxTokens);
        }
        SamplingFields.StopFields stop =
                SamplingFields.StopFields.read(
                        fields,
                        maxTokens == null ? Integer.valueOf(DEFAULT_MAX_TOKENS) : maxTokens);
        boolean echo = fields.flag("echo");
        Integer logprobs = logprobs(fields);
        return new CompletionRequest(
                CommonFields.read(fields, UNUSED), sampling, stop, prompts, echo, logprobs);
    }

    private static @Nullable Integer logprobs(JsonFields fields) {
        JsonNode value = fields.value("logprobs");
        if (value == null || (value.isBoolean() && !value.booleanValue())) {
            return null;
        }
        Integer logprobs = fields.integer("logprobs");
        if (logprobs != null && logprobs < 0) {
            throw ServerException.invalid(
                    "logprobs", "logprobs must be 0 or more, found " + logprobs);
        }
        return logprobs;
    }

    private static void refuseBestOf(JsonFields fields) {
        Integer bestOf = fields.integer("best_of");
        Integer choices = fields.integer("n");
        int expected = choices == null ? 1 : choices;
        if (bestOf != null && bestOf != expected) {
            throw ServerException.notSupported(
                    "best_of",
                    "best_of is only supported when equal to n ("
                            + expected
                            + "), found "
                            + bestOf);
        }
    }

    private static List<Prompt> prompts(JsonFields fields) {
        JsonNode prompt = fields.value("prompt");
        if (prompt == null) {
            throw fields.missing("prompt");
        }
        if (prompt.isString()) {
            return List.of(new Prompt.Text(prompt.stringValue()));
        }
        if (!prompt.isArray()) {
            throw JsonFields.wrongType(
                    "prompt", "a string, an array of strings or token ids", prompt);
        }
        if (prompt.isEmpty()) {
            throw ServerException.invalid("prompt", "prompt must not be an empty array");
        }
        if (prompt.get(0).isNumber()) {
            return List.of(new Prompt.Tokens(JsonFields.tokens(prompt, "prompt")));
        }
        if (prompt.size() > MAX_PROMPTS) {
            throw ServerException.invalid(
                    "prompt",
                    "prompt may hold at most " + MAX_PROMPTS + " prompts, found " + prompt.size());
        }
        List<Prompt> prompts = new ArrayList<>(prompt.size());
        for (int i = 0; i < prompt.size(); i++) {
            JsonNode element = prompt.get(i);
            String path = "prompt[" + i + "]";
            prompts.add(
                    element.isString()
                            ? new Prompt.Text(element.stringValue())
                            : new Prompt.Tokens(JsonFields.tokens(element, path)));
        }
        return prompts;
    }
}
