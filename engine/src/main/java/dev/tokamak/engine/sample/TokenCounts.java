package dev.tokamak.engine.sample;

import java.util.Arrays;

/// The distinct tokens of a sequence, each with how often it occurs in the answer; prompt tokens count zero. Confined to
/// the engine thread.
public final class TokenCounts {

    /* Open addressing with linear probing over a power of two of slots, at most half full: memory follows the number
     * of distinct tokens, not the vocabulary. A slot is free when its token is -1. */

    private int[] tokens = new int[64];
    private int[] counts = new int[64];
    private int distinct;

    public TokenCounts() {
        Arrays.fill(tokens, -1);
    }

    /// Counts what another sequence has counted.
    public TokenCounts(TokenCounts other) {
        tokens = other.tokens.clone();
        counts = other.counts.clone();
        distinct = other.distinct;
    }

    public void addPrompt(int token) {
        slotOf(token);
    }

    public void addGenerated(int token) {
        int slot = slotOf(token);
        counts[slot]++;
    }

    int slots() {
        return tokens.length;
    }

    /// The token in a slot, or -1.
    int token(int slot) {
        return tokens[slot];
    }

    int count(int slot) {
        return counts[slot];
    }

    private int slotOf(int token) {
        int slot = find(token);
        if (tokens[slot] == token) {
            return slot;
        }
        if (2 * (distinct + 1) > tokens.length) {
            grow();
            slot = find(token);
        }
        tokens[slot] = token;
        distinct++;
        return slot;
    }

    private int find(int token) {
        int slot = ((token * 0x9E3779B9) >>> 7) & (tokens.length - 1);
        while (tokens[slot] != -1 && tokens[slot] != token) {
            slot = (slot + 1) & (tokens.length - 1);
        }
        return slot;
    }

    private void grow() {
        int[] oldTokens = tokens;
        int[] oldCounts = counts;
        tokens = new int[oldTokens.length * 2];
        counts = new int[oldTokens.length * 2];
        Arrays.fill(tokens, -1);
        for (int i = 0; i < oldTokens.length; i++) {
            if (oldTokens[i] != -1) {
                int slot = find(oldTokens[i]);
                tokens[slot] = oldTokens[i];
                counts[slot] = oldCounts[i];
            }
        }
    }
}
