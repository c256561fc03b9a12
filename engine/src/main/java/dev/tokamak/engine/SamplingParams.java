package dev.tokamak.engine;

import java.util.Map;

/// How the next token is drawn. Immutable.
///
/// @param temperature 0 takes the most likely token; otherwise logits are divided by it
/// @param topK keep the k most likely tokens; 0 keeps all
/// @param topP keep the smallest set of most likely tokens whose probability reaches p; 1 keeps all
/// @param minP drop tokens less likely than this share of the most likely one; 0 keeps all
/// @param seed with the choice index and the position, decides every draw
/// @param logitBias added to the logits of these tokens, -100 to 100
public record SamplingParams(
        float temperature,
        int topK,
        float topP,
        float minP,
        Penalties penalties,
        long seed,
        Map<Integer, Float> logitBias) {

    public SamplingParams {
        requireRange("temperature", temperature, 0, 100);
        if (topK < 0) {
            throw EngineException.invalid("top_k", "top_k must be 0 (off) or more, found " + topK);
        }
        requireRange("top_p", topP, Float.MIN_VALUE, 1);
        requireRange("min_p", minP, 0, 1);
        logitBias = Map.copyOf(logitBias);
        logitBias.values().forEach(bias -> requireRange("logit_bias", bias, -100, 100));
    }

    /// Greedy decoding without penalties.
    public static SamplingParams greedy() {
        return new SamplingParams(0, 0, 1, 0, Penalties.NONE, 0, Map.of());
    }

    /// Factors and terms that make tokens less likely once they have occurred. Immutable.
    ///
    /// @param repetition divides positive and multiplies negative logits of tokens in prompt or answer; 1 is off.
    ///     Keskar et al., "CTRL", 2019
    /// @param presence subtracted once for a token that occurs in the answer
    /// @param frequency subtracted for each occurrence in the answer
    public record Penalties(float repetition, float presence, float frequency) {

        public static final Penalties NONE = new Penalties(1, 0, 0);

        public Penalties {
            requireRange("repetition_penalty", repetition, Float.MIN_VALUE, 100);
            requireRange("presence_penalty", presence, -2, 2);
            requireRange("frequency_penalty", frequency, -2, 2);
        }
    }

    private static void requireRange(String parameter, float value, float minimum, float maximum) {
        if (!(value >= minimum && value <= maximum)) {
            throw EngineException.invalid(
                    parameter,
                    parameter
                            + " must be between "
                            + (minimum == Float.MIN_VALUE ? "0 (exclusive)" : minimum)
                            + " and "
                            + maximum
                            + ", found "
                            + value);
        }
    }
}
