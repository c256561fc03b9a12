package dev.tokamak.engine.sample;

/// The log-probability of one token and of the most likely ones at its place; reused from token to token. Confined to
/// the engine thread.
public final class TokenLikelihoods {

    private final int[] tokens;
    private final float[] logProbabilities;
    private int size;
    private int token;
    private float logProbability;

    public TokenLikelihoods(int maxAlternatives) {
        tokens = new int[maxAlternatives];
        logProbabilities = new float[maxAlternatives];
    }

    public int token() {
        return token;
    }

    public float logProbability() {
        return logProbability;
    }

    /// The number of alternatives, best first.
    public int size() {
        return size;
    }

    public int alternative(int index) {
        return tokens[index];
    }

    public float alternativeLogProbability(int index) {
        return logProbabilities[index];
    }

    void clear(int token, float logProbability) {
        this.token = token;
        this.logProbability = logProbability;
        size = 0;
    }

    void add(int token, float logProbability) {
        tokens[size] = token;
        logProbabilities[size++] = logProbability;
    }
}
