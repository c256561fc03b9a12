package dev.tokamak.engine.sample;

import java.util.Map;

/// Terms added to the logits of some tokens. Immutable.
public final class TokenBias {

    private final int[] tokens;
    private final float[] terms;

    public TokenBias(Map<Integer, Float> bias) {
        tokens = bias.keySet().stream().mapToInt(Integer::intValue).sorted().toArray();
        terms = new float[tokens.length];
        for (int i = 0; i < tokens.length; i++) {
            terms[i] = bias.getOrDefault(tokens[i], 0f);
        }
    }

    int size() {
        return tokens.length;
    }

    int token(int index) {
        return tokens[index];
    }

    float term(int index) {
        return terms[index];
    }
}
