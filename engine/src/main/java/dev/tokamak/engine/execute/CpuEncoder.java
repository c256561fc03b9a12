package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.Kernels;
import dev.tokamak.kernels.attention.KvLayout;
import dev.tokamak.kernels.memory.NativeMemory;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.ModelException;
import dev.tokamak.models.architecture.EncoderModel;
import dev.tokamak.models.architecture.Pooling;
import dev.tokamak.models.tokenizer.TokenPair;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.stream.IntStream;

/// Turns the tokens of a text into vectors, and those of a query and a document into a score, on this machine's cores, one
/// text or pair at a time. Confined to one thread. Does not close the model or the team.
public final class CpuEncoder implements AutoCloseable {

    private final NativeMemory memory;
    private final int maxTokens;
    private final int vocabulary;
    private final Pooling pooling;
    private final Workspace workspace;
    private final ForwardPass forwardPass;
    private final Batch batch;
    private final int[] pages;
    private final Optional<RankPass> rank;

    private CpuEncoder(
            NativeMemory memory,
            EncoderModel model,
            Kernels kernels,
            WorkerTeam team,
            int maxTokens) {
        this.memory = memory;
        this.maxTokens = maxTokens;
        this.vocabulary = model.embedding().weights().rows();
        this.pooling = model.pooling();
        int pageCount = (int) KvLayout.pages(maxTokens);
        CpuBackendOptions options = new CpuBackendOptions(pageCount, maxTokens, 1);
        KvGroups groups = KvGroups.undivided(model.layers());
        KvPool pool = new KvPool(groups, groups.pages(options), memory);
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
                        kernels, team, new BatchPlan(maxTokens, pool), workspace, model.layers());
        forwardPass =
                new ForwardPass(StageList.ofEncoder(model, bench, options), team, bench.plan());
        batch = new Batch(maxTokens, 1);
        pages = IntStream.range(0, pageCount).toArray();
        rank = model.rank().map(head -> new RankPass(bench, head, model.shape().hidden(), memory));
    }

    /// Makes room for texts of at most this many tokens. The model must stay open and the team running while it is used.
    ///
    /// @throws ModelException OUT_OF_MEMORY when the system refuses the memory
    public static CpuEncoder create(
            EncoderModel model, Kernels kernels, WorkerTeam team, int maxTokens) {
        NativeMemory memory = NativeMemory.open();
        try {
            return new CpuEncoder(memory, model, kernels, team, maxTokens);
        } catch (OutOfMemoryError refused) {
            memory.close();
            throw new ModelException(
                    ModelException.Code.OUT_OF_MEMORY,
                    "no memory for texts of %d tokens".formatted(maxTokens),
                    refused);
        } catch (RuntimeException failure) {
            memory.close();
            throw failure;
        }
    }

    /// The longest text that fits.
    public int maxTokens() {
        return maxTokens;
    }

    /// The last row of each token, `[tokens][hidden]`.
    ///
    /// @throws IllegalArgumentException when there are no tokens, too many, or one is outside the vocabulary
    public float[][] rows(int[] tokens) {
        return rows(tokens, Integer.MAX_VALUE);
    }

    private float[][] rows(int[] tokens, int secondTextStart) {
        requireFits(tokens);
        batch.clear();
        batch.addRun(0, pages);
        for (int i = 0; i < tokens.length; i++) {
            if (i == secondTextStart) {
                batch.beginSecondText();
            }
            batch.addToken(tokens[i], false);
        }
        forwardPass.run(batch);
        Rows residual = workspace.residual;
        float[][] rows = new float[tokens.length][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] =
                    residual.memory()
                            .asSlice(residual.offsetBytes(i), residual.offsetBytes(1))
                            .toArray(ValueLayout.JAVA_FLOAT);
        }
        return rows;
    }

    /// One vector for the text, of length 1.
    ///
    /// @throws IllegalArgumentException as [#rows]
    public float[] embedding(int[] tokens) {
        return normalised(pooled(rows(tokens), pooling));
    }

    /// How well the second text of the pair answers the first, on the model's own scale.
    ///
    /// @throws IllegalArgumentException as [#rows]
    /// @throws IllegalStateException when the model makes no scores
    public float score(TokenPair pair) {
        RankPass pass = rank.orElseThrow(() -> new IllegalStateException("makes no scores"));
        return pass.score(pooled(rows(pair.tokens(), pair.secondStart()), pooling));
    }

    /// One vector of a text's rows; the mean is summed in ascending order.
    public static float[] pooled(float[][] rows, Pooling pooling) {
        return switch (pooling) {
            case FIRST -> rows[0].clone();
            case LAST -> rows[rows.length - 1].clone();
            case MEAN -> mean(rows);
        };
    }

    private static float[] mean(float[][] rows) {
        float[] mean = new float[rows[0].length];
        for (float[] row : rows) {
            for (int i = 0; i < mean.length; i++) {
                mean[i] += row[i];
            }
        }
        for (int i = 0; i < mean.length; i++) {
            mean[i] /= rows.length;
        }
        return mean;
    }

    /// The vector divided by its Euclidean norm; one of length 0 stays.
    public static float[] normalised(float[] vector) {
        double squares = 0;
        for (float value : vector) {
            squares += (double) value * value;
        }
        double norm = Math.sqrt(squares);
        float[] unit = vector.clone();
        for (int i = 0; norm > 0 && i < unit.length; i++) {
            unit[i] = (float) (unit[i] / norm);
        }
        return unit;
    }

    private void requireFits(int[] tokens) {
        if (tokens.length == 0 || tokens.length > maxTokens) {
            throw new IllegalArgumentException(
                    "a text has 1 to %d tokens, found %d".formatted(maxTokens, tokens.length));
        }
        for (int token : tokens) {
            if (token < 0 || token >= vocabulary) {
                throw new IllegalArgumentException(
                        "token %d is outside the vocabulary of %d".formatted(token, vocabulary));
            }
        }
    }

    @Override
    public void close() {
        memory.close();
    }
}
