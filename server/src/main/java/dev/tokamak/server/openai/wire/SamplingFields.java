package dev.tokamak.server.openai.wire;

import dev.tokamak.server.model.ServerException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How a request wants its tokens drawn, as sent; absent fields are null. Immutable.
///
/// @param logitBias by token id
public record SamplingFields(
        @Nullable Double temperature,
        @Nullable Integer topK,
        @Nullable Double topP,
        @Nullable Double minP,
        PenaltyFields penalties,
        @Nullable Long seed,
        Map<Integer, Float> logitBias) {

    private static final double MAX_BIAS = 100;

    /// Penalties, as sent. Immutable.
    public record PenaltyFields(
            @Nullable Double repetition, @Nullable Double presence, @Nullable Double frequency) {}

    /// When generation ends, as sent. Immutable.
    ///
    /// @param maxTokens null when the client leaves it to the service
    public record StopFields(
            @Nullable Integer maxTokens,
            List<String> strings,
            List<Integer> tokens,
            boolean ignoreEndOfSequence) {

        static StopFields read(JsonFields fields, @Nullable Integer maxTokens) {
            return new StopFields(
                    maxTokens,
                    fields.texts("stop"),
                    fields.tokens("stop_token_ids"),
                    fields.flag("ignore_eos"));
        }
    }

    static SamplingFields read(JsonFields fields) {
        return new SamplingFields(
                fields.number("temperature"),
                topK(fields),
                fields.number("top_p"),
                fields.number("min_p"),
                new PenaltyFields(
                        fields.number("repetition_penalty"),
                        fields.number("presence_penalty"),
                        fields.number("frequency_penalty")),
                fields.longInteger("seed"),
                logitBias(fields));
    }

    /// The value -1 means off, as in other servers.
    private static @Nullable Integer topK(JsonFields fields) {
        Integer topK = fields.integer("top_k");
        return topK != null && topK == -1 ? Integer.valueOf(0) : topK;
    }

    private static Map<Integer, Float> logitBias(JsonFields fields) {
        JsonFields object = fields.object("logit_bias");
        if (object == null) {
            return Map.of();
        }
        Map<Integer, Float> bias = new LinkedHashMap<>();
        for (String key : object.unread()) {
            String name = key.substring("logit_bias.".length());
            Double value = object.number(name);
            if (value == null) {
                continue;
            }
            if (!(Math.abs(value) <= MAX_BIAS)) {
                throw ServerException.invalid(
                        key, key + " must be between -100 and 100, found " + value);
            }
            bias.put(tokenId(name, key), value.floatValue());
        }
        return bias;
    }

    private static int tokenId(String name, String path) {
        try {
            return Integer.parseUnsignedInt(name);
        } catch (NumberFormatException e) {
            throw ServerException.invalid(
                    path, "the keys of logit_bias are token ids, found \"" + name + "\"");
        }
    }
}
