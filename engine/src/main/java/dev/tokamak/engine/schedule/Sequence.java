package dev.tokamak.engine.schedule;

import dev.tokamak.engine.cache.BlockPools;
import dev.tokamak.engine.cache.BlockTables;
import java.util.Arrays;
import java.util.Comparator;

/// The tokens of one continuation, how far they are computed and the pages that hold them. Confined to the engine thread.
public final class Sequence {

    /* tokens[0, length) are known, prompt first; keys and values of [0, computed) are stored. A preempted sequence
     * keeps its tokens and starts again with computed = 0. The step to come computes `scheduled` more tokens. */

    /// Earlier requests first, then lower choices.
    static final Comparator<Sequence> BY_ARRIVAL =
            Comparator.<Sequence>comparingLong(sequence -> sequence.arrival)
                    .thenComparingInt(sequence -> sequence.choice);

    private final long arrival;
    private final int choice;
    private final int promptLength;
    private final Goal goal;
    private int[] tokens;
    private int length;
    private int computed;
    private int lengthAtStart;
    private int scheduled;
    private int scored;
    private boolean stalled;
    private final BlockTables tables;

    /// @param arrival order number of the request
    public Sequence(long arrival, int choice, int[] prompt, Goal goal, BlockPools pools) {
        this.arrival = arrival;
        this.choice = choice;
        this.goal = goal;
        promptLength = prompt.length;
        tokens = prompt.clone();
        length = prompt.length;
        tables = new BlockTables(pools);
    }

    /// Another choice for the same prompt, with nothing computed yet. The prompt's logits are not wanted again.
    public Sequence child(int childChoice, BlockPools pools) {
        Goal childGoal = new Goal(false, goal.generates);
        int[] prompt = Arrays.copyOf(tokens, promptLength);
        return new Sequence(arrival, childChoice, prompt, childGoal, pools);
    }

    /// What a sequence wants of its logits.
    ///
    /// @param promptLogits whether every prompt token's logits are wanted
    /// @param generates whether it goes on after the prompt
    public record Goal(boolean promptLogits, boolean generates) {}

    public int choice() {
        return choice;
    }

    public int promptLength() {
        return promptLength;
    }

    public int length() {
        return length;
    }

    public int token(int position) {
        return tokens[position];
    }

    /// The first position of the step's chunk.
    public int computed() {
        return computed;
    }

    /// The number of tokens in the step's chunk.
    public int scheduled() {
        return scheduled;
    }

    public BlockTables tables() {
        return tables;
    }

    /// Appends a generated token.
    public void append(int token) {
        if (length == tokens.length) {
            tokens = Arrays.copyOf(tokens, length + Math.max(16, length / 2));
        }
        tokens[length++] = token;
    }

    /// Whether the step must give the logits of this position.
    public boolean wantsLogits(int position) {
        if (position == length - 1) {
            return goal.generates;
        }
        return goal.promptLogits && position >= scored && position < promptLength - 1;
    }

    /// Keeps a sequence out of batches, or lets it in again.
    public void stall(boolean stalled) {
        this.stalled = stalled;
    }

    /// Records that the step's chunk has been computed, and gives the pages back that no later token sees; true when all
    /// known tokens are computed.
    public boolean advance() {
        computed += scheduled;
        tables.pass(computed);
        scheduled = 0;
        scored = Math.max(scored, computed);
        return computed == length;
    }

    boolean stalled() {
        return stalled;
    }

    int remaining() {
        return length - computed;
    }

    /// The logit rows of a chunk of this many tokens.
    int logitRows(int chunk) {
        int rows = 0;
        for (int position = computed; position < computed + chunk; position++) {
            rows += wantsLogits(position) ? 1 : 0;
        }
        return rows;
    }

    void schedule(int tokenCount) {
        tables.cover(computed + tokenCount);
        scheduled = tokenCount;
        if (computed == 0) {
            lengthAtStart = length;
        }
    }

    /// Whether it has become longer than this since its computation began.
    boolean hasOutgrown(int tokens) {
        return computed > 0 && lengthAtStart <= tokens && length > tokens;
    }

    /// Begins with the computed tokens of another sequence; false when pages are lacking.
    boolean tryForkFrom(Sequence parent, BlockTables.PageCopy copy) {
        if (!parent.tables.tryFork(parent.computed, tables, copy)) {
            return false;
        }
        computed = parent.computed;
        lengthAtStart = parent.lengthAtStart;
        return true;
    }

    /// Gives the pages back; what they held must be computed again.
    void releasePages() {
        tables.release();
        computed = 0;
        scheduled = 0;
    }
}
