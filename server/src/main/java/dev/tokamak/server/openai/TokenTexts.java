package dev.tokamak.server.openai;

import dev.tokamak.engine.TokenScore;
import dev.tokamak.models.tokenizer.Tokenizer;
import dev.tokamak.server.openai.wire.CompletionLogprobs;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Writes scored tokens as the two APIs want them. Thread-safe.
record TokenTexts(Tokenizer tokenizer) {

    /// What JSON says for minus infinity, as in OpenAI's API.
    private static final float LOWEST = -9999f;

    /// `logprobs.content` of a chat completion.
    ArrayNode chat(List<TokenScore> scores) {
        ArrayNode content = JsonNodeFactory.instance.arrayNode();
        for (TokenScore score : scores) {
            ObjectNode entry = content.addObject();
            addToken(entry, score.token(), score.logProbability());
            ArrayNode alternatives = entry.putArray("top_logprobs");
            for (TokenScore.Alternative alternative : score.alternatives()) {
                addToken(
                        alternatives.addObject(),
                        alternative.token(),
                        alternative.logProbability());
            }
        }
        return content;
    }

    /// Adds tokens to the `logprobs` of a completion; gives the offset after them.
    int completion(CompletionLogprobs logprobs, List<TokenScore> scores, int firstOffset) {
        int offset = firstOffset;
        for (TokenScore score : scores) {
            String text = text(score.token());
            boolean scored = !Float.isNaN(score.logProbability());
            logprobs.add(
                    new CompletionLogprobs.Entry(
                            text,
                            scored ? Float.valueOf(finite(score.logProbability())) : null,
                            scored ? alternatives(score, text) : null,
                            offset));
            offset += text.codePointCount(0, text.length());
        }
        return offset;
    }

    /// The token as text, special ones too; bytes that are no UTF-8 become U+FFFD.
    String text(int token) {
        return new String(tokenizer.bytes(token, true), StandardCharsets.UTF_8);
    }

    /// The alternatives and the token itself; where two have one text, the likelier counts, and the token itself first.
    private Map<String, Float> alternatives(TokenScore score, @Nullable String text) {
        Map<String, Float> map = new LinkedHashMap<>();
        for (TokenScore.Alternative alternative : score.alternatives()) {
            map.putIfAbsent(text(alternative.token()), finite(alternative.logProbability()));
        }
        map.put(String.valueOf(text), finite(score.logProbability()));
        return map;
    }

    private void addToken(ObjectNode json, int token, float logProbability) {
        byte[] bytes = tokenizer.bytes(token, true);
        json.put("token", new String(bytes, StandardCharsets.UTF_8));
        json.put("logprob", finite(logProbability));
        ArrayNode array = json.putArray("bytes");
        for (byte value : bytes) {
            array.add(value & 0xFF);
        }
    }

    private static float finite(float logProbability) {
        return Math.max(LOWEST, logProbability);
    }
}
