package dev.tokamak.app.wiring;

import dev.tokamak.engine.Engine;
import dev.tokamak.engine.EngineException;
import dev.tokamak.engine.EngineOptions;
import dev.tokamak.engine.execute.CpuBackend;
import dev.tokamak.engine.execute.CpuBackendOptions;
import dev.tokamak.engine.execute.KvGroups;
import dev.tokamak.engine.execute.NumericsFingerprint;
import dev.tokamak.kernels.KernelProvider;
import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.kernels.memory.MachineMemory;
import dev.tokamak.kernels.team.BackgroundWork;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.LoadOptions;
import dev.tokamak.models.LoadedModel;
import dev.tokamak.models.architecture.DecoderDescription;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;

/// A model in memory with the engine that runs it and everything they stand on. Thread-safe; closing it frees all.
public final class RunningModel implements AutoCloseable {

    private static final int MAX_BATCH_TOKENS = 512;

    /// Prompt positions scored in one step.
    private static final int SCORED_ROWS = 64;

    private static final int QUEUE_PER_SEQUENCE = 4;
    private static final Duration WARM_UP_LIMIT = Duration.ofSeconds(10);
    private static final int EVENT_BUFFER = 64;
    private static final Duration SLOW_CLIENT_TIMEOUT = Duration.ofSeconds(30);

    private final LoadedModel model;
    private final WorkerTeam team;
    private final KernelProvider.Selection selection;
    private final CpuBackend backend;
    private final Engine engine;
    private final KvBudget budget;
    private final String fingerprint;

    private RunningModel(
            LoadedModel model,
            WorkerTeam team,
            KernelProvider.Selection selection,
            CpuBackend backend,
            Engine engine,
            KvBudget budget,
            String fingerprint) {
        this.model = model;
        this.team = team;
        this.selection = selection;
        this.backend = backend;
        this.engine = engine;
        this.budget = budget;
        this.fingerprint = fingerprint;
    }

    /// Loads a model file and starts its engine.
    public static RunningModel open(
            Path file, EngineSettings settings, LoadOptions.Progress progress) {
        WorkerTeam team = WorkerTeam.start(settings.threads());
        BackgroundWork<KernelProvider.Selection> choosing =
                BackgroundWork.start("tokamak-kernels", KernelProvider::select);
        try {
            LoadOptions options =
                    new LoadOptions(settings.numerics(), settings.quantization(), team, progress);
            LoadedModel model =
                    LoadedModel.load(
                            file,
                            options,
                            described ->
                                    memoryPlan(
                                                    described,
                                                    settings.numerics(),
                                                    settings.maxConcurrent())
                                            .requireFits(
                                                    file,
                                                    settings,
                                                    MachineMemory.availableBytes()));
            try {
                return start(model, await(choosing), team, settings);
            } catch (RuntimeException | Error e) {
                model.close();
                throw e;
            }
        } catch (RuntimeException | Error e) {
            choosing.close();
            choosing.result().ifPresent(selection -> selection.kernels().close());
            team.close();
            throw e;
        }
    }

    /// The memory that a model needs with batches of the usual size and so many sequences at once.
    public static MemoryPlan memoryPlan(
            DecoderDescription described, Numerics numerics, int maxConcurrent) {
        return MemoryPlan.of(described, numerics, sizes(maxConcurrent));
    }

    /// The sizes of a backend but for its pages.
    private static CpuBackendOptions sizes(int maxConcurrent) {
        return new CpuBackendOptions(
                1,
                maxConcurrent,
                Math.max(MAX_BATCH_TOKENS, maxConcurrent),
                Math.max(SCORED_ROWS, maxConcurrent));
    }

    private static KernelProvider.Selection await(
            BackgroundWork<KernelProvider.Selection> choosing) {
        try {
            return choosing.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException(
                    EngineException.Code.CLOSED, "interrupted while kernels were chosen", e);
        }
    }

    private static RunningModel start(
            LoadedModel model,
            KernelProvider.Selection selection,
            WorkerTeam team,
            EngineSettings settings) {
        var decoder = model.decoder();
        var shape = decoder.shape();
        CpuBackendOptions sizes = sizes(settings.maxConcurrent());
        KvBudget budget =
                KvBudget.plan(
                        KvGroups.of(decoder),
                        sizes,
                        shape.contextTokens(),
                        settings,
                        MachineMemory.availableBytes());
        var kernels = selection.kernels();
        var backend = CpuBackend.create(decoder, kernels, team, sizes.withPages(budget.pages()));
        String fingerprint = NumericsFingerprint.of(model).text();
        try {
            if (settings.warmUp()) {
                WarmUp.run(backend, selection, WARM_UP_LIMIT);
            }
            Engine engine =
                    Engine.start(
                            backend,
                            model.tokenizer(),
                            kernels.softmax(),
                            options(budget, sizes.maxBatchTokens(), settings.maxConcurrent()),
                            InstantSource.system());
            return new RunningModel(model, team, selection, backend, engine, budget, fingerprint);
        } catch (RuntimeException | Error e) {
            backend.close();
            throw e;
        }
    }

    private static EngineOptions options(KvBudget budget, int batchTokens, int maxConcurrent) {
        return new EngineOptions(
                budget.contextTokens(),
                maxConcurrent,
                QUEUE_PER_SEQUENCE * maxConcurrent,
                batchTokens,
                EVENT_BUFFER,
                SLOW_CLIENT_TIMEOUT);
    }

    public LoadedModel model() {
        return model;
    }

    /// The kernels that run it and why they were chosen.
    public KernelProvider.Selection selection() {
        return selection;
    }

    public Engine engine() {
        return engine;
    }

    /// What the engine computes on; nobody else may use it while the engine has requests.
    public CpuBackend backend() {
        return backend;
    }

    public KvBudget budget() {
        return budget;
    }

    /// The numerics fingerprint: equal fingerprints, requests and seeds give equal bits.
    public String fingerprint() {
        return fingerprint;
    }

    /// Lets requests finish for at most this long, then cancels them and frees everything.
    public void close(Duration limit) {
        engine.drain(limit);
        close();
    }

    @Override
    public void close() {
        engine.close();
        selection.kernels().close();
        team.close();
        model.close();
    }
}
