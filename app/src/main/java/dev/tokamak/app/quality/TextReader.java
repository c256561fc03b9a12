package dev.tokamak.app.quality;

import dev.tokamak.engine.execute.Batch;
import dev.tokamak.engine.execute.CpuBackend;
import dev.tokamak.engine.execute.CpuBackendOptions;
import dev.tokamak.kernels.Kernels;
import dev.tokamak.kernels.attention.KvLayout;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.LoadedModel;
import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;

/// One model that reads windows of text a few tokens at a time. Confined to one thread; closing it frees its pages, not
/// the model.
final class TextReader implements AutoCloseable {

    private final CpuBackend backend;
    private final Batch batch;
    private final int[] pages;

    /// A reader of windows of at most this many tokens, which gives the logits of this many at once.
    TextReader(
            LoadedModel model,
            Kernels kernels,
            WorkerTeam team,
            int windowTokens,
            int batchTokens) {
        int pageTokens = KvLayout.PAGE_TOKENS;
        int pageCount = Math.ceilDiv(windowTokens, pageTokens);
        backend =
                CpuBackend.create(
                        model.decoder(),
                        kernels,
                        team,
                        new CpuBackendOptions(pageCount, batchTokens, batchTokens));
        batch = new Batch(batchTokens, 1);
        pages = IntStream.range(0, pageCount).toArray();
    }

    /// Reads tokens `[first, end)` of a window, in order from its start, and returns one row of logits for each,
    /// overwritten by the next call.
    MemorySegment read(int[] window, int first, int end) {
        batch.clear();
        batch.addRun(first, pages, window.length - 1);
        for (int position = first; position < end; position++) {
            batch.addToken(window[position], true);
        }
        backend.execute(batch);
        return backend.logits();
    }

    int vocabularySize() {
        return backend.vocabularySize();
    }

    @Override
    public void close() {
        backend.close();
    }
}
