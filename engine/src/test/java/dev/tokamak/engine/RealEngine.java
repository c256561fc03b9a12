package dev.tokamak.engine;

import dev.tokamak.engine.execute.CpuBackend;
import dev.tokamak.engine.execute.CpuBackendOptions;
import dev.tokamak.kernels.KernelProvider;
import dev.tokamak.kernels.Kernels;
import dev.tokamak.kernels.cpu.Tier;
import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.LoadOptions;
import dev.tokamak.models.LoadedModel;
import java.nio.file.Path;
import java.time.Duration;

/// A model file with the engine that really computes it. Thread-safe; closing it frees all.
final class RealEngine implements AutoCloseable {

    /// The sizes that tests vary and that must not change a bit.
    record Setting(
            Tier tier,
            int workers,
            int pages,
            int maxConcurrent,
            int maxBatchTokens,
            int maxLogitRows,
            int eventBuffer) {

        /// Room for everything at once.
        static final Setting AMPLE = new Setting(Tier.VECTOR_API, 2, 400, 32, 128, 64, 4096);

        Setting kernels(Tier changed, int changedWorkers) {
            return new Setting(
                    changed,
                    changedWorkers,
                    pages,
                    maxConcurrent,
                    maxBatchTokens,
                    maxLogitRows,
                    eventBuffer);
        }

        Setting pages(int changed) {
            return new Setting(
                    tier,
                    workers,
                    changed,
                    maxConcurrent,
                    maxBatchTokens,
                    maxLogitRows,
                    eventBuffer);
        }

        Setting batch(int tokens, int logitRows) {
            return new Setting(tier, workers, pages, maxConcurrent, tokens, logitRows, eventBuffer);
        }

        Setting maxConcurrent(int changed) {
            return new Setting(
                    tier, workers, pages, changed, maxBatchTokens, maxLogitRows, eventBuffer);
        }

        Setting eventBuffer(int changed) {
            return new Setting(
                    tier, workers, pages, maxConcurrent, maxBatchTokens, maxLogitRows, changed);
        }
    }

    private final WorkerTeam team;
    private final LoadedModel model;
    private final Engine engine;

    RealEngine(Path file, Setting setting) {
        team = WorkerTeam.start(setting.workers());
        model =
                LoadedModel.load(
                        file, new LoadOptions(Numerics.EXACT, team, LoadOptions.Progress.NONE));
        Kernels kernels = KernelProvider.of(setting.tier());
        CpuBackend backend =
                CpuBackend.create(
                        model.decoder(),
                        kernels,
                        team,
                        new CpuBackendOptions(
                                setting.pages(),
                                setting.maxConcurrent(),
                                setting.maxBatchTokens(),
                                setting.maxLogitRows()));
        EngineOptions options =
                new EngineOptions(
                        model.decoder().shape().contextTokens(),
                        setting.maxConcurrent(),
                        256,
                        setting.maxBatchTokens(),
                        setting.eventBuffer(),
                        Duration.ofSeconds(30));
        engine =
                Engine.start(
                        backend, model.tokenizer(), kernels.softmax(), options, new ManualClock());
    }

    Engine engine() {
        return engine;
    }

    Transcript run(GenerationRequest request) {
        return FakeEngine.run(engine, request);
    }

    @Override
    public void close() {
        engine.close();
        team.close();
        model.close();
    }
}
