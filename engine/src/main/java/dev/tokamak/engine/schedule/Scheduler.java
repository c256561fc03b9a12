package dev.tokamak.engine.schedule;

import dev.tokamak.engine.cache.BlockPools;
import dev.tokamak.engine.cache.BlockTables;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Continuous batching with chunked prefill: each step decodes one token of every sequence that can, then fills the rest
/// of the token budget with prompts, first come first served. Confined to the engine thread.
public final class Scheduler {

    /* Both lists are in order of arrival. Running sequences hold pages, waiting ones hold none.
     *
     * Pages for all known tokens are taken at admission, so a prompt never runs out of pages halfway; only decoding can,
     * by one page at a time. Then the latest sequence loses its pages and waits; it is computed again later, and by the
     * numerics contract with the same bits. A stalled sequence (its client does not read) goes before any other, and for
     * a waiting one too: a slow client stalls only itself.
     * The earliest sequence always finds its pages in the end, because a sequence longer than the pool is refused
     * at the door; so there is no deadlock. The headroom at admission, one page for each running sequence, keeps
     * a sequence from being admitted only to be preempted a step later.
     *
     * The first prefill of a step always gets at least one token and one logit row: see Limits. */

    private final BlockPools pools;
    private final Limits limits;
    private final int shortTokens;
    private final List<Sequence> waiting = new ArrayList<>();
    private final List<Sequence> running = new ArrayList<>();
    private final List<Sequence> ready = new ArrayList<>();
    private final List<Sequence> step = new ArrayList<>();
    private int budget;
    private int rows;
    private long preemptions;

    public Scheduler(BlockPools pools, Limits limits) {
        this(pools, limits, Integer.MAX_VALUE);
    }

    /// @param shortTokens a sequence that becomes longer than this is computed again from its start
    public Scheduler(BlockPools pools, Limits limits, int shortTokens) {
        this.pools = pools;
        this.limits = limits;
        this.shortTokens = shortTokens;
    }

    /// Queues a sequence in order of arrival.
    public void enqueue(Sequence sequence) {
        insert(waiting, sequence);
    }

    /// Starts a sequence with the computed tokens of another, sharing its pages; without a free slot or page it waits
    /// and is computed from its tokens.
    public void fork(Sequence parent, Sequence child, BlockTables.PageCopy copy) {
        boolean forked = running.size() < limits.sequences() && child.tryForkFrom(parent, copy);
        insert(forked ? running : waiting, child);
    }

    /// Forgets a sequence and takes its pages back.
    public void remove(Sequence sequence) {
        running.remove(sequence);
        waiting.remove(sequence);
        sequence.releasePages();
    }

    /// The sequences of the next step, each with its chunk; empty when none can run. Valid until the next call.
    public List<Sequence> schedule() {
        step.clear();
        budget = limits.tokens();
        rows = limits.logitRows();
        restart();
        decode();
        prefill();
        admit();
        return step;
    }

    public List<Sequence> running() {
        return Collections.unmodifiableList(running);
    }

    public List<Sequence> waiting() {
        return Collections.unmodifiableList(waiting);
    }

    public long preemptions() {
        return preemptions;
    }

    /// Fails when pages are lost, shared wrongly or held by a sequence that does not run.
    public void checkIntegrity() {
        pools.checkIntegrity(running.stream().map(Sequence::tables).toList());
        for (Sequence sequence : waiting) {
            if (!sequence.tables().isEmpty() || sequence.computed() != 0) {
                throw new IllegalStateException("a waiting sequence holds pages");
            }
        }
    }

    /// Takes the pages of sequences that have become too long for what was computed.
    private void restart() {
        if (shortTokens < Integer.MAX_VALUE) {
            running.stream()
                    .filter(one -> one.hasOutgrown(shortTokens))
                    .toList()
                    .forEach(this::preempt);
        }
    }

    private void decode() {
        ready.clear();
        ready.addAll(running);
        for (Sequence sequence : ready) {
            boolean preempted = sequence.tables().isEmpty();
            if (!preempted
                    && !sequence.stalled()
                    && sequence.remaining() == 1
                    && makeRoom(sequence)) {
                take(sequence, 1);
            }
        }
    }

    private void prefill() {
        for (Sequence sequence : running) {
            if (!sequence.stalled() && sequence.remaining() > 1) {
                take(sequence, chunk(sequence));
            }
        }
    }

    private void admit() {
        int next = 0;
        while (next < waiting.size() && budget > 0 && rows > 0) {
            Sequence sequence = waiting.get(next);
            if (sequence.stalled()) {
                next++;
                continue;
            }
            if (!fits(sequence)) {
                if (!reclaimStalled()) {
                    return;
                }
                next = 0;
                continue;
            }
            sequence.tables().tryGrow(sequence.length());
            waiting.remove(next);
            insert(running, sequence);
            take(sequence, chunk(sequence));
        }
    }

    private boolean fits(Sequence sequence) {
        int headroom = running.size();
        int lacking = sequence.tables().lacking(sequence.length());
        return running.size() < limits.sequences()
                && lacking + headroom <= pools.whole().available();
    }

    /// Preempts others until the sequence's next token has a page; false when it had to go itself.
    private boolean makeRoom(Sequence sequence) {
        while (!sequence.tables().tryGrow(sequence.length())) {
            if (reclaimStalled()) {
                continue;
            }
            Sequence latest = running.getLast();
            preempt(latest);
            if (latest == sequence) {
                return false;
            }
        }
        return true;
    }

    /// Preempts the latest sequence whose client does not read; false when there is none.
    private boolean reclaimStalled() {
        for (int i = running.size() - 1; i >= 0; i--) {
            if (running.get(i).stalled()) {
                preempt(running.get(i));
                return true;
            }
        }
        return false;
    }

    private void preempt(Sequence sequence) {
        running.remove(sequence);
        sequence.releasePages();
        insert(waiting, sequence);
        preemptions++;
    }

    /// The most tokens of a sequence that fit into the rest of the step.
    private int chunk(Sequence sequence) {
        int most = Math.min(budget, sequence.remaining());
        int wanted = 0;
        for (int i = 0; i < most; i++) {
            wanted += sequence.wantsLogits(sequence.computed() + i) ? 1 : 0;
            if (wanted > rows) {
                return i;
            }
        }
        return most;
    }

    private void take(Sequence sequence, int tokens) {
        if (tokens == 0) {
            return;
        }
        sequence.schedule(tokens);
        budget -= tokens;
        rows -= sequence.logitRows(tokens);
        step.add(sequence);
    }

    private static void insert(List<Sequence> ordered, Sequence sequence) {
        int index = ordered.size();
        while (index > 0 && Sequence.BY_ARRIVAL.compare(ordered.get(index - 1), sequence) > 0) {
            index--;
        }
        ordered.add(index, sequence);
    }
}
