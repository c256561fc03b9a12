package dev.tokamak.engine;

import dev.tokamak.engine.cache.BlockPools;
import dev.tokamak.engine.execute.Backend;
import dev.tokamak.engine.execute.Batch;
import dev.tokamak.engine.sample.Sampler;
import dev.tokamak.engine.sample.TokenCounts;
import dev.tokamak.engine.schedule.Limits;
import dev.tokamak.engine.schedule.Scheduler;
import dev.tokamak.engine.schedule.Sequence;
import dev.tokamak.kernels.softmax.Softmax;
import dev.tokamak.models.tokenizer.Tokenizer;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// The engine thread's work: drain commands, schedule, forward, sample, publish, until it is told to stop. Confined to the
/// engine thread, but for [#send] and [#status].
final class EngineLoop implements Runnable {

    /* Events of a step wait in each request's outbox until pages are back and the status is written, so a client that
     * reads Completed sees both. Only the engine thread touches anything but `commands`, `gate` and `status`. */

    private static final System.Logger LOG = System.getLogger(EngineLoop.class.getName());

    /// How often readers' deadlines are looked at when nothing else happens.
    private static final long WATCH_MILLISECONDS = 50;

    private final Backend backend;
    private final InstantSource clock;
    private final RequestRoster roster;
    private final AdmissionGate gate;
    private final BlockPools pools;
    private final Scheduler scheduler;
    private final Batch batch;
    private final Sampler sampler;
    private final LogitReader reader;
    private final EngineCounters counters = new EngineCounters();
    private final BlockingQueue<EngineCommand> commands = new LinkedBlockingQueue<>();
    private boolean stopped;
    private volatile EngineStatus status;

    EngineLoop(
            Backend backend,
            Tokenizer tokenizer,
            Softmax softmax,
            EngineOptions options,
            InstantSource clock,
            AdmissionGate gate) {
        this.backend = backend;
        this.clock = clock;
        this.gate = gate;
        Limits limits =
                new Limits(
                        Math.min(options.maxBatchTokens(), backend.maxBatchTokens()),
                        options.maxConcurrent(),
                        backend.maxLogitRows());
        pools = new BlockPools(backend.pageGroups(), backend.pageTokens());
        scheduler = new Scheduler(pools, limits, backend.shortTokens());
        roster = new RequestRoster(scheduler, pools, tokenizer, options, counters, gate);
        batch = new Batch(limits.tokens(), limits.sequences());
        sampler = new Sampler(softmax, backend.vocabularySize());
        reader = new LogitReader(backend, tokenizer, sampler, contextTokens(backend, options));
        status = snapshot();
    }

    /// The most tokens that one sequence may ever hold.
    static int contextTokens(Backend backend, EngineOptions options) {
        long poolTokens = (long) backend.pageGroups().getFirst().pages() * backend.pageTokens();
        return (int) Math.min(options.contextTokens(), poolTokens);
    }

    /// Asks something of the engine thread; called by any thread.
    void send(EngineCommand command) {
        commands.add(command);
    }

    /// The picture after the last step, with the queue as it is now; called by any thread.
    EngineStatus status() {
        return status.withQueue(gate.count());
    }

    @Override
    public void run() {
        try (backend;
                sampler) {
            while (!stopped) {
                guardedStep();
            }
        } finally {
            // However the thread ends, nobody may wait for an answer that never comes.
            gate.shut();
            drainCommands();
            roster.failAll(
                    new EngineException(EngineException.Code.CLOSED, "the engine was closed"));
            publish();
        }
    }

    private void guardedStep() {
        try {
            step();
        } catch (InterruptedException interrupt) {
            stopped = true;
        } catch (RuntimeException | Error defect) {
            LOG.log(System.Logger.Level.ERROR, "a step of the engine failed", defect);
            roster.failAll(internal(defect));
            publish();
        }
    }

    private void step() throws InterruptedException {
        drainCommands();
        if (stopped) {
            return;
        }
        roster.watchReaders(clock.instant());
        List<Sequence> step = scheduler.schedule();
        if (step.isEmpty()) {
            publish();
            awaitCommand();
            return;
        }
        compose(step);
        if (forward(step)) {
            sample(step);
        }
        assert isSound();
        publish();
    }

    private void drainCommands() {
        EngineCommand command = commands.poll();
        while (command != null) {
            obey(command);
            command = commands.poll();
        }
    }

    private void awaitCommand() throws InterruptedException {
        EngineCommand command =
                roster.isEmpty()
                        ? commands.take()
                        : commands.poll(WATCH_MILLISECONDS, TimeUnit.MILLISECONDS);
        if (command != null) {
            obey(command);
        }
    }

    private void obey(EngineCommand command) {
        switch (command) {
            case EngineCommand.Submit(LiveRequest request) -> begin(request);
            case EngineCommand.Cancel(LiveRequest request, String reason) ->
                    roster.cancel(request, reason);
            case EngineCommand.CancelAll(String reason) -> roster.cancelAll(reason);
            case EngineCommand.Resume() -> {}
            case EngineCommand.Stop() -> stopped = true;
        }
    }

    private void begin(LiveRequest request) {
        try {
            roster.begin(request);
        } catch (RuntimeException | Error defect) {
            LOG.log(System.Logger.Level.ERROR, "a request could not begin", defect);
            roster.fail(request, internal(defect));
        }
    }

    private void compose(List<Sequence> step) {
        batch.clear();
        for (Sequence sequence : step) {
            roster.owner(sequence).ifPresent(roster::start);
            batch.addRun(sequence.computed(), sequence.tables().pages(), sequence.length());
            int end = sequence.computed() + sequence.scheduled();
            for (int position = sequence.computed(); position < end; position++) {
                batch.addToken(sequence.token(position), sequence.wantsLogits(position));
            }
        }
    }

    private boolean forward(List<Sequence> step) {
        try {
            backend.execute(batch);
            return true;
        } catch (RuntimeException | Error defect) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "a batch of " + step.size() + " sequences failed",
                    defect);
            for (Sequence sequence : List.copyOf(step)) {
                roster.failOwner(sequence, internal(defect));
            }
            return false;
        }
    }

    private void sample(List<Sequence> step) {
        int row = 0;
        for (int run = 0; run < batch.runs(); run++) {
            Sequence sequence = step.get(run);
            Optional<LiveRequest> request = roster.owner(sequence);
            try {
                if (request.isPresent()) {
                    read(request.get(), sequence, run, row);
                    roster.settle(request.get());
                }
            } catch (EngineException cause) {
                roster.failOwner(sequence, cause);
            } catch (RuntimeException defect) {
                LOG.log(System.Logger.Level.ERROR, "sampling failed", defect);
                roster.failOwner(sequence, internal(defect));
            }
            row += rows(run);
        }
    }

    private int rows(int run) {
        int rows = 0;
        for (int i = batch.runStart(run); i < batch.runEnd(run); i++) {
            rows += batch.wantsLogits(i) ? 1 : 0;
        }
        return rows;
    }

    private void read(LiveRequest request, Sequence sequence, int run, int firstRow) {
        int row = firstRow;
        int start = batch.runStart(run);
        for (int i = start; i < batch.runEnd(run); i++) {
            int next = batch.firstPosition(run) + i - start + 1;
            if (batch.wantsLogits(i) && next < sequence.length()) {
                reader.scorePrompt(request, next, row++);
            }
        }
        if (!sequence.advance()) {
            return;
        }
        if (!request.promptProcessed()) {
            processPrompt(request, sequence);
            if (request.ended()) {
                return;
            }
            for (Continuation continuation : request.choices()) {
                draw(request, continuation, row);
            }
            return;
        }
        draw(request, request.choices().get(sequence.choice()), row);
    }

    private void draw(LiveRequest request, Continuation continuation, int row) {
        reader.draw(request, continuation, row);
        counters.generate();
    }

    /// Announces the prompt and gives every further choice a sequence that shares the prompt's pages.
    private void processPrompt(LiveRequest request, Sequence prompt) {
        counters.processPrompt(prompt.promptLength());
        request.processPrompt();
        int choices = request.request().choices();
        if (request.request().stop().maxTokens() == 0) {
            for (int choice = 0; choice < choices; choice++) {
                request.finish(choice, new FinishReason.Length());
            }
            return;
        }
        TokenCounts counts = request.choices().getFirst().counts();
        for (int choice = 1; choice < choices; choice++) {
            Sequence child = prompt.child(choice, pools);
            roster.adopt(request, child, new TokenCounts(counts));
            scheduler.fork(prompt, child, backend::copyPage);
        }
    }

    private void publish() {
        roster.settleCounts();
        status = snapshot();
        roster.publish();
    }

    private boolean isSound() {
        scheduler.checkIntegrity();
        return true;
    }

    private EngineStatus snapshot() {
        return new EngineStatus(
                scheduler.running().size(),
                0,
                pools.whole().used(),
                pools.whole().pages(),
                counters.totals(scheduler.preemptions()));
    }

    private static EngineException internal(Throwable defect) {
        return new EngineException(
                EngineException.Code.INTERNAL, "the engine failed: " + defect, defect);
    }
}
