package dev.tokamak.server.openai;

import dev.tokamak.engine.GenerationRequest.StopConditions;
import dev.tokamak.engine.SamplingParams;
import dev.tokamak.server.model.ServerException;
import dev.tokamak.server.openai.wire.JsonText;
import dev.tokamak.server.openai.wire.SamplingFields;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Fills in the sampling parameters that a request leaves open: OpenAI's defaults, and a random seed.
final class EffectiveSampling {

    /// Seeds that every JSON parser can represent.
    private static final long SEED_BOUND = 1L << 53;

    private EffectiveSampling() {}

    static SamplingParams of(SamplingFields fields, int vocabularySize) {
        fields.logitBias()
                .keySet()
                .forEach(
                        token -> {
                            if (token >= vocabularySize) {
                                throw ServerException.invalid(
                                        "logit_bias",
                                        "logit_bias names token "
                                                + token
                                                + ", but the vocabulary ends at "
                                                + (vocabularySize - 1));
                            }
                        });
        SamplingFields.PenaltyFields penalties = fields.penalties();
        Long seed = fields.seed();
        return new SamplingParams(
                orElse(fields.temperature(), 1),
                fields.topK() == null ? 0 : fields.topK(),
                orElse(fields.topP(), 1),
                orElse(fields.minP(), 0),
                new SamplingParams.Penalties(
                        orElse(penalties.repetition(), 1),
                        orElse(penalties.presence(), 0),
                        orElse(penalties.frequency(), 0)),
                seed == null ? ThreadLocalRandom.current().nextLong(SEED_BOUND) : seed,
                fields.logitBias());
    }

    /// What took effect, for clients that ask.
    static ObjectNode json(SamplingParams sampling, StopConditions stop, int choices) {
        ObjectNode json = JsonText.object();
        json.put("temperature", sampling.temperature());
        json.put("top_k", sampling.topK());
        json.put("top_p", sampling.topP());
        json.put("min_p", sampling.minP());
        json.put("repetition_penalty", sampling.penalties().repetition());
        json.put("presence_penalty", sampling.penalties().presence());
        json.put("frequency_penalty", sampling.penalties().frequency());
        json.put("seed", sampling.seed());
        ObjectNode bias = json.putObject("logit_bias");
        for (Map.Entry<Integer, Float> entry : sampling.logitBias().entrySet()) {
            bias.put(entry.getKey().toString(), entry.getValue());
        }
        json.put("max_tokens", stop.maxTokens());
        stop.strings().forEach(json.putArray("stop")::add);
        stop.tokens().forEach(json.putArray("stop_token_ids")::add);
        json.put("ignore_eos", stop.ignoreEndOfSequence());
        json.put("n", choices);
        return json;
    }

    private static float orElse(@Nullable Double value, float otherwise) {
        return value == null ? otherwise : value.floatValue();
    }
}
