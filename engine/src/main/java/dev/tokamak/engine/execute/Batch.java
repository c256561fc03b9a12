package dev.tokamak.engine.execute;

import java.util.Arrays;

/// The tokens of one step: runs of consecutive tokens, each run of one sequence, one after the other in flat arrays.
/// Reused between steps; filled by the scheduler, read by the backend. Confined to the engine thread.
public final class Batch {

    /* Run i covers tokens [runStart[i], runStart[i + 1]); its first token stands at absolute position firstPosition[i],
     * and pages[i] are the block tables of its sequence, by group of layers, or one for all groups. They cover at least the
     * positions that the run's tokens see. */

    private final int[] tokens;
    private final boolean[] wantsLogits;
    private final int[] runStart;
    private final int[] firstPosition;
    private final int[] sequenceTokens;
    private final int[][][] pages;
    private final int[][][] single;
    private int runs;
    private int logitRows;
    private int secondTextStart;

    /// Room for this many tokens in this many runs.
    public Batch(int maxTokens, int maxRuns) {
        tokens = new int[maxTokens];
        wantsLogits = new boolean[maxTokens];
        runStart = new int[maxRuns + 1];
        firstPosition = new int[maxRuns];
        sequenceTokens = new int[maxRuns];
        pages = new int[maxRuns][][];
        single = new int[maxRuns][1][];
        clear();
    }

    /// Empties the batch.
    public void clear() {
        runs = 0;
        logitRows = 0;
        secondTextStart = Integer.MAX_VALUE;
        runStart[0] = 0;
        Arrays.fill(pages, EMPTY);
    }

    /// Opens the last run of a sequence as far as it is known, whose pages have the same numbers in all groups of layers.
    public void addRun(int firstPosition, int[] pages) {
        addRun(firstPosition, pages, 0);
    }

    /// Opens a run of a sequence whose pages have the same numbers in all groups of layers.
    public void addRun(int firstPosition, int[] pages, int sequenceTokens) {
        single[runs][0] = pages;
        addRun(firstPosition, single[runs], sequenceTokens);
    }

    /// Opens a run of a sequence of which so many tokens are known, more of which may follow in later batches; its tokens
    /// follow by [#addToken]. The block tables are read later, not copied. Some models turn the positions of longer sequences
    /// otherwise: all runs of a sequence must name the same length, or one on the same side of [Backend#shortTokens].
    ///
    /// @param pages by group of layers
    public void addRun(int firstPosition, int[][] pages, int sequenceTokens) {
        this.firstPosition[runs] = firstPosition;
        this.sequenceTokens[runs] = sequenceTokens;
        this.pages[runs] = pages;
        runs++;
        runStart[runs] = runStart[runs - 1];
    }

    /// Adds a token to the last run.
    public void addToken(int token, boolean wantsLogits) {
        int index = runStart[runs]++;
        tokens[index] = token;
        this.wantsLogits[index] = wantsLogits;
        if (wantsLogits) {
            logitRows++;
        }
    }

    /// Says that the tokens that follow are those of the second text of a pair.
    public void beginSecondText() {
        secondTextStart = tokenCount();
    }

    /// Index of the first token of a second text.
    public int secondTextStart() {
        return secondTextStart;
    }

    public int tokenCount() {
        return runStart[runs];
    }

    public int token(int index) {
        return tokens[index];
    }

    public boolean wantsLogits(int index) {
        return wantsLogits[index];
    }

    public int logitRows() {
        return logitRows;
    }

    public int runs() {
        return runs;
    }

    /// Index of the run's first token.
    public int runStart(int run) {
        return runStart[run];
    }

    /// Index after the run's last token.
    public int runEnd(int run) {
        return runStart[run + 1];
    }

    /// Absolute position of the run's first token in its sequence.
    public int firstPosition(int run) {
        return firstPosition[run];
    }

    /// Tokens known of the run's sequence, at least those up to the run's end.
    public int sequenceTokens(int run) {
        int tokens = runEnd(run) - runStart(run);
        return Math.max(sequenceTokens[run], firstPosition[run] + tokens);
    }

    /// The block table of the run's sequence in a group of layers.
    public int[] pages(int run, int group) {
        int[][] tables = pages[run];
        return tables[tables.length == 1 ? 0 : group];
    }

    private static final int[][] EMPTY = {};
}
