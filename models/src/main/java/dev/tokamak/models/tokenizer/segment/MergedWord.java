package dev.tokamak.models.tokenizer.segment;

import dev.tokamak.models.tokenizer.split.IntList;

/// One word at a time being merged by rank: filled with the tokens of its smallest parts, then emptied into a list of
/// those that merging leaves. Confined to one thread.
public final class MergedWord implements SymbolChain.Pairs {

    private final MergeTable merges;
    private final SymbolChain chain = new SymbolChain();
    private int[] tokens = new int[64];
    private int count;

    public MergedWord(MergeTable merges) {
        this.merges = merges;
    }

    /// Adds a token at the end; a negative one stands for a part without a token, which is left out of the result.
    public void add(int token) {
        if (count == tokens.length) {
            tokens = java.util.Arrays.copyOf(tokens, 2 * count);
        }
        tokens[count++] = token;
    }

    /// Merges the word, adds what is left to the list and begins a new word.
    public void drainTo(IntList ids) {
        chain.merge(count, this);
        for (int i = 0; i < count; i = chain.next(i)) {
            if (tokens[i] >= 0) {
                ids.add(tokens[i]);
            }
        }
        count = 0;
    }

    @Override
    public long priority(int left, int right, int end) {
        return merges.rank(tokens[left], tokens[right]);
    }

    @Override
    public void merged(int left, long priority) {
        tokens[left] = merges.result((int) priority);
    }
}
