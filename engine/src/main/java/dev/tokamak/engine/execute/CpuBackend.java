package dev.tokamak.engine.execute;

import dev.tokamak.engine.cache.PageGroup;
import dev.tokamak.kernels.Kernels;
import dev.tokamak.kernels.attention.KvLayout;
import dev.tokamak.kernels.memory.NativeMemory;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.ModelException;
import dev.tokamak.models.architecture.DecoderModel;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// The backend of this machine's cores: KV pages and intermediate rows in memory of its own, weights in the model's.
/// Confined to the engine thread. Does not close the model or the team.
public final class CpuBackend implements Backend {

    private final NativeMemory memory;
    private final CpuBackendOptions options;
    private final int vocabulary;
    private final int embeddings;
    private final int shortTokens;
    private final KvPool pool;
    private final Workspace workspace;
    private final ForwardPass forwardPass;

    private CpuBackend(
            NativeMemory memory,
            DecoderModel model,
            Kernels kernels,
            WorkerTeam team,
            CpuBackendOptions options) {
        this.memory = memory;
        this.options = options;
        vocabulary = model.shape().vocabulary();
        embeddings = model.embedding().weights().rows();
        shortTokens = model.shortTokens();
        KvGroups groups = KvGroups.of(model);
        pool = new KvPool(groups, groups.pages(options), memory);
        workspace =
                new Workspace(
                        model.shape(),
                        model.layers(),
                        kernels.linear(),
                        options,
                        team.workers(),
                        memory);
        Workbench bench =
                Workbench.of(
                        kernels,
                        team,
                        new BatchPlan(options.maxBatchTokens(), pool),
                        workspace,
                        model.layers());
        forwardPass =
                new ForwardPass(StageList.ofDecoder(model, bench, options), team, bench.plan());
    }

    /// Makes room for a model's KV pages and batches. The model must stay open and the team running while it is used.
    ///
    /// @throws ModelException OUT_OF_MEMORY when the system refuses the memory
    public static CpuBackend create(
            DecoderModel model, Kernels kernels, WorkerTeam team, CpuBackendOptions options) {
        NativeMemory memory = NativeMemory.open();
        try {
            return new CpuBackend(memory, model, kernels, team, options);
        } catch (OutOfMemoryError refused) {
            memory.close();
            throw new ModelException(
                    ModelException.Code.OUT_OF_MEMORY,
                    "no memory for %d KV pages of %d bytes in all and batches of %d tokens"
                            .formatted(
                                    options.pages(),
                                    KvGroups.of(model).bytes(options),
                                    options.maxBatchTokens()),
                    refused);
        } catch (RuntimeException failure) {
            memory.close();
            throw failure;
        }
    }

    @Override
    public List<PageGroup> pageGroups() {
        return pool.pages();
    }

    @Override
    public int pageTokens() {
        return KvLayout.PAGE_TOKENS;
    }

    @Override
    public int maxBatchTokens() {
        return options.maxBatchTokens();
    }

    @Override
    public int maxLogitRows() {
        return options.maxLogitRows();
    }

    @Override
    public int vocabularySize() {
        return vocabulary;
    }

    @Override
    public int shortTokens() {
        return shortTokens;
    }

    /// {@inheritDoc}
    ///
    /// A token whose activations are not finite gets logits that are NaN; other sequences are not affected.
    ///
    /// @throws IllegalArgumentException when the batch is larger than this backend or names a token or page that does
    ///     not exist; nothing has run then
    @Override
    public void execute(Batch batch) {
        requireFits(batch);
        if (batch.tokenCount() == 0) {
            return;
        }
        forwardPass.run(batch);
    }

    private void requireFits(Batch batch) {
        if (batch.tokenCount() > options.maxBatchTokens()) {
            throw new IllegalArgumentException(
                    "a batch holds at most %d tokens, found %d"
                            .formatted(options.maxBatchTokens(), batch.tokenCount()));
        }
        if (batch.logitRows() > options.maxLogitRows()) {
            throw new IllegalArgumentException(
                    "a batch asks for at most %d rows of logits, found %d"
                            .formatted(options.maxLogitRows(), batch.logitRows()));
        }
        for (int index = 0; index < batch.tokenCount(); index++) {
            int token = batch.token(index);
            if (token < 0 || token >= embeddings) {
                throw new IllegalArgumentException(
                        "token %d is outside the vocabulary of %d".formatted(token, embeddings));
            }
        }
        for (int run = 0; run < batch.runs(); run++) {
            for (int group = 0; group < pool.pages().size(); group++) {
                requirePages(batch, run, group);
            }
        }
    }

    private void requirePages(Batch batch, int run, int group) {
        int tokens = batch.runEnd(run) - batch.runStart(run);
        int[] pages = batch.pages(run, group);
        int first = batch.firstPosition(run);
        int needed =
                (Math.addExact(first, tokens) + KvLayout.PAGE_TOKENS - 1) / KvLayout.PAGE_TOKENS;
        if (first < 0 || needed > pages.length) {
            throw new IllegalArgumentException(
                    "positions %d to %d do not fit into %d pages"
                            .formatted(first, first + tokens - 1, pages.length));
        }
        int visible = pool.pages().get(group).firstVisible(first) / KvLayout.PAGE_TOKENS;
        for (int page = visible; page < needed; page++) {
            pool.requirePage(group, pages[page]);
        }
    }

    /// Starts to time and count the operations of the batches that follow, from zero. To be called while no batch runs;
    /// without it profiling costs nothing.
    public void startProfile() {
        forwardPass.startProfile();
    }

    /// Ends what [#startProfile] began and returns it in the order in which operations run, one entry for each kind; empty
    /// when it was not started. To be called while no batch runs.
    public List<OperationProfile> stopProfile() {
        return List.copyOf(forwardPass.stopProfile());
    }

    @Override
    public MemorySegment logits() {
        return workspace.logits.memory();
    }

    @Override
    public void copyPage(int group, int fromPage, int toPage) {
        pool.copyPage(group, fromPage, toPage);
    }

    @Override
    public void close() {
        memory.close();
    }
}
