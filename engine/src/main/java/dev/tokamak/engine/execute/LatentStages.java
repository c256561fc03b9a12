package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.attention.AttentionHead;
import dev.tokamak.kernels.linear.Activations;
import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.models.architecture.AttentionBlock;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Latent attention as stages: projections, queries brought into the latent's space, attention over cached latents, and
/// values made of what was attended. Confined to the engine thread while it is made.
///
/// The absorbed form of DeepSeek-V2 (2024): with `q = [plain, rotated]` and the cached key `[latent, rotated]`, a head's score
/// is `(absorb * plain) . latent + q_rotated . k_rotated`, and its output `expand * (sum of p * latent)`.
final class LatentStages {

    private final Workbench bench;
    private final AttentionBlock.Latent block;
    private final AttentionHead[] heads;
    private final int headCount;
    private final int latentDim;
    private final int rotatedDim;
    private final int plainDim;
    private final Projected latent;
    private final @Nullable Projected narrow;
    private final Projected wide;
    private final Activations narrowInput;
    private final RowNorm latentNorm;
    private final @Nullable RowNorm narrowNorm;
    private final Rows latentQueries;
    private final Rows attendedLatents;
    private final Activations attended;
    private final Activations[] plainInputs;
    private final Activations[] latentInputs;

    /// @param heads the pieces of attention
    LatentStages(Workbench bench, AttentionBlock.Latent block, AttentionHead[] heads) {
        this.bench = bench;
        this.block = block;
        this.heads = heads;
        headCount = block.heads().queries();
        latentDim = block.heads().valueDim();
        rotatedDim = block.heads().keyDim() - latentDim;
        plainDim = block.query().plainDim();
        Workspace workspace = bench.workspace();
        wide =
                Projected.of(
                        block.query().up(),
                        workspace.tokenRows("plain queries", headCount * (plainDim + rotatedDim)));
        latent =
                Projected.of(block.latent(), workspace.tokenRows("latent", block.heads().keyDim()));
        narrowInput = workspace.tokenActivations("narrow query", wide.weights().columns());
        narrow =
                block.query()
                        .down()
                        .map(projection -> Projected.of(projection, Rows.of(narrowInput)))
                        .orElse(null);
        narrowNorm = block.query().norm().map(norm -> new RowNorm(bench, norm)).orElse(null);
        latentNorm = new RowNorm(bench, block.latentNorm());
        latentQueries = workspace.queries(headCount * block.heads().keyDim());
        attendedLatents = workspace.tokenRows("attended latents", headCount * latentDim);
        int valueDim = block.perHead().expand().getFirst().rows();
        attended = workspace.attended(headCount * valueDim);
        plainInputs = perHead("plain query of head ", plainDim);
        latentInputs = perHead("attended latent of head ", latentDim);
    }

    private Activations[] perHead(String use, int columns) {
        Activations[] rows = new Activations[headCount];
        for (int head = 0; head < headCount; head++) {
            rows[head] = bench.workspace().tokenActivations(use + head, columns);
        }
        return rows;
    }

    /// Where the input of the output projection will be.
    Activations attended() {
        return attended;
    }

    List<Stage> stages(AttentionPlan plan) {
        List<Stage> stages = new ArrayList<>();
        stages.add(
                new ProductStage(
                        "q/latent",
                        bench,
                        RowSet.TOKENS,
                        bench.workspace().normed,
                        this::finishProjections,
                        narrow == null ? wide : narrow,
                        latent));
        stages.add(new FinishStage("store latent", bench, RowSet.TOKENS, this::finishProjections));
        if (narrow != null) {
            stages.add(
                    new ProductStage(
                            "queries",
                            bench,
                            RowSet.TOKENS,
                            narrowInput,
                            this::splitQueries,
                            wide));
            stages.add(new FinishStage("split queries", bench, RowSet.TOKENS, this::splitQueries));
        }
        List<PackedWeights> absorb = block.perHead().absorb();
        List<PackedWeights> expand = block.perHead().expand();
        stages.add(
                new HeadsStage(
                        "absorb queries",
                        absorb,
                        plainInputs,
                        latentQueries,
                        (first, count) -> {}));
        stages.add(
                new AttentionStage(
                        bench, plan, heads, latentQueries, attendedLatents, this::splitLatents));
        RowFinish quantize =
                (first, count) -> {
                    if (block.output().weights().readsQuantized()) {
                        bench.kernels().linear().quantize(attended, first, count);
                    }
                };
        stages.add(
                new HeadsStage("expand values", expand, latentInputs, Rows.of(attended), quantize));
        stages.add(new FinishStage("quantise", bench, RowSet.TOKENS, quantize));
        return stages;
    }

    /// Finishes the first products: stores the latent, and normalises the narrow queries or splits the wide ones.
    private void finishProjections(int firstToken, int tokenCount) {
        for (int token = firstToken; token < firstToken + tokenCount; token++) {
            latent.complete(bench, token);
            storeLatent(token, bench.plan().position(token));
            if (narrow != null) {
                narrow.complete(bench, token);
            }
        }
        if (narrow == null) {
            splitQueries(firstToken, tokenCount);
            return;
        }
        if (narrowNorm != null) {
            narrowNorm.applyInPlace(
                    narrowInput.floats(),
                    narrowInput.offsetBytes(firstToken),
                    narrowInput.columns(),
                    tokenCount);
        }
        if (wide.weights().readsQuantized()) {
            bench.kernels().linear().quantize(narrowInput, firstToken, tokenCount);
        }
    }

    private void storeLatent(int token, int position) {
        Rows rows = latent.rows();
        long at = rows.offsetBytes(token);
        latentNorm.applyInPlace(rows.memory(), at, latentDim, 1);
        rotate(rows, at + (long) latentDim * Float.BYTES, token);
        bench.kernels()
                .attention()
                .store(
                        bench.plan().view(token, heads[0].layer()),
                        heads[0],
                        position,
                        rows.memory(),
                        at,
                        rows.memory(),
                        at);
    }

    private void rotate(Rows rows, long offsetBytes, int token) {
        BatchPlan plan = bench.plan();
        int row = block.rope().row(plan.position(token), plan.sequenceTokens(token));
        bench.kernels().rope().rotate(block.rope(), row, rows.memory(), offsetBytes, 1, rotatedDim);
    }

    /// Rotates the rotated parts of queries into their places, and hands the plain parts on.
    private void splitQueries(int firstToken, int tokenCount) {
        for (int token = firstToken; token < firstToken + tokenCount; token++) {
            wide.complete(bench, token);
            for (int head = 0; head < headCount; head++) {
                splitQuery(token, head);
            }
        }
        for (int head = 0; head < headCount; head++) {
            if (block.perHead().absorb().get(head).readsQuantized()) {
                bench.kernels().linear().quantize(plainInputs[head], firstToken, tokenCount);
            }
        }
    }

    private void splitQuery(int token, int head) {
        long from =
                wide.rows().offsetBytes(token)
                        + (long) head * (plainDim + rotatedDim) * Float.BYTES;
        MemorySegment.copy(
                wide.rows().memory(),
                from,
                plainInputs[head].floats(),
                plainInputs[head].offsetBytes(token),
                (long) plainDim * Float.BYTES);
        long to =
                latentQueries.offsetBytes(token)
                        + ((long) head * (latentDim + rotatedDim) + latentDim) * Float.BYTES;
        MemorySegment.copy(
                wide.rows().memory(),
                from + (long) plainDim * Float.BYTES,
                latentQueries.memory(),
                to,
                (long) rotatedDim * Float.BYTES);
        rotate(latentQueries, to, token);
    }

    private void splitLatents(int firstToken, int tokenCount) {
        long bytes = (long) latentDim * Float.BYTES;
        for (int head = 0; head < headCount; head++) {
            for (int token = firstToken; token < firstToken + tokenCount; token++) {
                MemorySegment.copy(
                        attendedLatents.memory(),
                        attendedLatents.offsetBytes(token) + head * bytes,
                        latentInputs[head].floats(),
                        latentInputs[head].offsetBytes(token),
                        bytes);
            }
            if (block.perHead().expand().get(head).readsQuantized()) {
                bench.kernels().linear().quantize(latentInputs[head], firstToken, tokenCount);
            }
        }
    }

    /// One small product for each head, whose outputs lie side by side. A piece is one head and some tokens.
    private final class HeadsStage implements Stage {

        private static final int TILE_TOKENS = 64;

        private final String name;
        private final List<PackedWeights> weights;
        private final Activations[] inputs;
        private final Rows[] outputs;
        private final RowFinish finish;
        private int tiles;

        HeadsStage(
                String name,
                List<PackedWeights> weights,
                Activations[] inputs,
                Rows rows,
                RowFinish finish) {
            this.name = name;
            this.weights = weights;
            this.inputs = inputs;
            this.finish = finish;
            int width = rows.columns() / headCount;
            this.outputs = new Rows[headCount];
            for (int head = 0; head < headCount; head++) {
                outputs[head] =
                        new Rows(
                                rows.memory().asSlice((long) head * width * Float.BYTES),
                                rows.columns());
            }
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public int prepare() {
            tiles = Math.ceilDiv(bench.plan().tokenCount(), TILE_TOKENS);
            bench.countdown().reset(1, headCount * tiles);
            return headCount * tiles;
        }

        @Override
        public long bytes() {
            return headCount * weights.getFirst().sizeBytes();
        }

        @Override
        public long multiplyAdds() {
            return (long) headCount * bench.plan().tokenCount() * weights.getFirst().multiplyAdds();
        }

        @Override
        public void run(int piece, int worker) {
            int head = piece / tiles;
            int first = piece % tiles * TILE_TOKENS;
            PackedWeights own = weights.get(head);
            bench.multiply(
                    own,
                    inputs[head],
                    outputs[head],
                    first,
                    Math.min(TILE_TOKENS, bench.plan().tokenCount() - first),
                    0,
                    own.groups());
            bench.complete(RowSet.TOKENS, finish);
        }
    }
}
