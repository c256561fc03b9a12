package dev.tokamak.engine.execute;

import dev.tokamak.kernels.KernelProvider;
import dev.tokamak.kernels.Kernels;
import dev.tokamak.kernels.cpu.Tier;
import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.LoadOptions;
import dev.tokamak.models.LoadedModel;
import dev.tokamak.models.architecture.DecoderModel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/// A loaded model with a CPU backend and a team, for tests that feed tokens and read logits. Confined to one thread.
final class RunningModel implements AutoCloseable {

    /// What a test does with the logits of one position; the segment is valid until the next batch.
    interface RowReader {
        void read(int position, MemorySegment row);
    }

    /// The cheap things that tests vary.
    record Setting(Numerics numerics, Tier tier, int workers, CpuBackendOptions options) {

        static Setting exact() {
            return new Setting(
                    Numerics.EXACT, Tier.VECTOR_API, 2, new CpuBackendOptions(64, 256, 64));
        }

        Setting numerics(Numerics changed) {
            return new Setting(changed, tier, workers, options);
        }

        Setting tier(Tier changed) {
            return new Setting(numerics, changed, workers, options);
        }

        Setting workers(int changed) {
            return new Setting(numerics, tier, changed, options);
        }

        Setting options(CpuBackendOptions changed) {
            return new Setting(numerics, tier, workers, changed);
        }
    }

    private final WorkerTeam team;
    private final LoadedModel model;
    private final CpuBackend backend;
    private final Batch batch;

    RunningModel(Path file, Setting setting) {
        this(file, setting, UnaryOperator.identity());
    }

    /// Runs on these kernels instead of those of the setting's tier.
    RunningModel(Path file, Setting setting, Kernels kernels) {
        this(file, setting, kernels, UnaryOperator.identity());
    }

    /// Runs what the change makes of the file's network.
    RunningModel(Path file, Setting setting, UnaryOperator<DecoderModel> change) {
        this(file, setting, KernelProvider.of(setting.tier()), change);
    }

    private RunningModel(
            Path file, Setting setting, Kernels kernels, UnaryOperator<DecoderModel> change) {
        team = WorkerTeam.start(setting.workers());
        model =
                LoadedModel.load(
                        file, new LoadOptions(setting.numerics(), team, LoadOptions.Progress.NONE));
        backend =
                CpuBackend.create(change.apply(model.decoder()), kernels, team, setting.options());
        int maxTokens = setting.options().maxBatchTokens();
        batch = new Batch(maxTokens, maxTokens);
    }

    WorkerTeam team() {
        return team;
    }

    DecoderModel decoder() {
        return model.decoder();
    }

    LoadedModel model() {
        return model;
    }

    CpuBackend backend() {
        return backend;
    }

    /// An empty batch; the same object each time.
    Batch batch() {
        batch.clear();
        return batch;
    }

    /// Pages `first, first + 1, …`, enough for this many tokens.
    static int[] pages(int first, int tokens) {
        return IntStream.range(first, first + (tokens + 31) / 32).toArray();
    }

    /// Feeds the tokens at positions `[from, to)` in chunks and reads the logits of positions from `firstRow` on.
    void feed(
            int[] tokens,
            int from,
            int to,
            int firstRow,
            int chunk,
            int[] pages,
            RowReader reader) {
        for (int start = from; start < to; start += chunk) {
            int end = Math.min(to, start + chunk);
            batch().addRun(start, pages, to);
            for (int position = start; position < end; position++) {
                batch.addToken(tokens[position], position >= firstRow);
            }
            backend.execute(batch);
            int row = 0;
            for (int position = Math.max(start, firstRow); position < end; position++) {
                reader.read(position, row(row));
                row++;
            }
        }
    }

    /// The logits of all positions.
    float[][] logits(int[] tokens, int chunk, int[] pages) {
        float[][] rows = new float[tokens.length][];
        feed(
                tokens,
                0,
                tokens.length,
                0,
                chunk,
                pages,
                (position, row) -> rows[position] = floats(row));
        return rows;
    }

    /// The logits of all positions, on the first pages and in the largest chunks.
    float[][] logits(int[] tokens) {
        int chunk = Math.min(backend.maxBatchTokens(), backend.maxLogitRows());
        return logits(tokens, chunk, pages(0, tokens.length));
    }

    /// Row r of the logits of the last batch.
    MemorySegment row(int row) {
        long bytes = (long) backend.vocabularySize() * Float.BYTES;
        return backend.logits().asSlice(row * bytes, bytes);
    }

    static float[] floats(MemorySegment row) {
        return row.toArray(ValueLayout.JAVA_FLOAT);
    }

    static int argMax(float[] logits) {
        int best = 0;
        for (int id = 1; id < logits.length; id++) {
            if (logits[id] > logits[best]) {
                best = id;
            }
        }
        return best;
    }

    @Override
    public void close() {
        backend.close();
        model.close();
        team.close();
    }
}
