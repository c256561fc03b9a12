package dev.tokamak.models.tokenizer.segment;

import java.util.Arrays;

/// The merges of a byte pair encoding: which pair of tokens becomes which, and with what rank. Immutable.
public final class MergeTable {

    private static final long FREE = -1;

    private final long[] pairs;
    private final int[] ranks;
    private final int[] results;
    private final int mask;

    /// Merges in the order of their ranks. A pair that is there already keeps its lower rank.
    public MergeTable(int[] lefts, int[] rights, int[] results) {
        int slots = Integer.highestOneBit(Math.max(results.length, 4)) << 2;
        pairs = new long[slots];
        Arrays.fill(pairs, FREE);
        ranks = new int[slots];
        this.results = results.clone();
        mask = slots - 1;
        for (int rank = 0; rank < results.length; rank++) {
            put(lefts[rank], rights[rank], rank);
        }
    }

    private void put(int left, int right, int rank) {
        long pair = (long) left << 32 | right;
        int slot = slot(pair);
        if (pairs[slot] == FREE) {
            pairs[slot] = pair;
            ranks[slot] = rank;
        }
    }

    /// The rank of merging two tokens, or -1 when they do not merge.
    int rank(int left, int right) {
        if (left < 0 || right < 0) {
            return -1;
        }
        long pair = (long) left << 32 | right;
        int slot = slot(pair);
        return pairs[slot] == FREE ? -1 : ranks[slot];
    }

    /// The token that the merge of this rank gives.
    int result(int rank) {
        return results[rank];
    }

    private int slot(long pair) {
        long mixed = pair * 0x9E3779B97F4A7C15L;
        int slot = (int) (mixed >>> 32) & mask;
        while (pairs[slot] != FREE && pairs[slot] != pair) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }
}
