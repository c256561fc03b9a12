package dev.tokamak.engine.execute;

import dev.tokamak.kernels.attention.AttentionPartials;
import dev.tokamak.kernels.attention.AttentionScratch;
import dev.tokamak.kernels.attention.KvLayout;
import dev.tokamak.kernels.linear.Activations;
import dev.tokamak.kernels.linear.Linear;
import dev.tokamak.models.architecture.DecoderLayer;
import dev.tokamak.models.architecture.DecoderShape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Every intermediate row of a forward pass, allocated once, when the stages that use them are made: layers that need rows
/// of the same use and width share them. Pieces write disjoint tokens or columns.
final class Workspace {

    private static final long ALIGNMENT_BYTES = 64;

    /// The residual stream, `[tokens][hidden]`.
    final Rows residual;

    /// What a layer adds to the residual stream, `[tokens][hidden]`.
    final Rows delta;

    /// The normalised residual stream: input of q/k/v and of the feed-forward.
    final Activations normed;

    /// The normalised rows of the tokens that ask for logits, in their order.
    final Activations headInput;

    /// The residual stream of the tokens that ask for logits, from attention of the last layer on.
    final Rows compactResidual;

    final Rows logits;

    /// What attention needs beside these, one for each worker.
    final AttentionScratch[] attentionScratch;

    /// Partial results of tokens whose attention is cut into segments, by the slot of the token.
    final AttentionPartials[] attentionPartials;

    private final int maxTokens;
    private final int maxLogitRows;
    private final Linear linear;
    private final SegmentAllocator allocator;
    private final Map<Key, Activations> activations = new HashMap<>();
    private final Map<Key, Rows> rows = new HashMap<>();

    /// What rows are for, and their width.
    private record Key(String use, int columns) {}

    Workspace(
            DecoderShape shape,
            List<DecoderLayer> layers,
            Linear linear,
            CpuBackendOptions options,
            int workers,
            SegmentAllocator allocator) {
        this.maxTokens = options.maxBatchTokens();
        this.maxLogitRows = options.maxLogitRows();
        this.linear = linear;
        this.allocator = allocator;
        int hidden = shape.hidden();
        residual = new Rows(maxTokens, hidden, allocator);
        delta = new Rows(maxTokens, hidden, allocator);
        normed = linear.activations(maxTokens, hidden, allocator);
        headInput = linear.activations(maxLogitRows, hidden, allocator);
        compactResidual = new Rows(maxLogitRows, hidden, allocator);
        logits = new Rows(maxLogitRows, shape.vocabulary(), allocator);
        attentionScratch = new AttentionScratch[workers];
        KvLayout layout = KvGroups.undivided(layers).layout(0);
        Arrays.setAll(attentionScratch, worker -> new AttentionScratch(layout, allocator));
        int keys = (int) Math.min((long) options.pages() * KvLayout.PAGE_TOKENS, Integer.MAX_VALUE);
        int queryHeads = Heads.mostQueryHeads(layers);
        attentionPartials =
                new AttentionPartials
                        [Math.min(maxTokens, AttentionPlan.slots(Heads.fewest(layers), workers))];
        Arrays.setAll(
                attentionPartials,
                slot -> new AttentionPartials(layout, queryHeads, keys, allocator));
    }

    /// The most tokens of a batch.
    int maxTokens() {
        return maxTokens;
    }

    Rows queries(int columns) {
        return tokenRows("queries", columns);
    }

    Rows keys(int columns) {
        return tokenRows("keys", columns);
    }

    Rows values(int columns) {
        return tokenRows("values", columns);
    }

    /// Upward projections, before their gate is applied.
    Rows up(int columns) {
        return tokenRows("up", columns);
    }

    /// The outputs of all heads: input of the output projection.
    Activations attended(int columns) {
        return tokenActivations("attended", columns);
    }

    /// The same of the tokens that ask for logits, in the last layer.
    Activations compactAttended(int columns) {
        return activations.computeIfAbsent(
                new Key("compact attended", columns),
                key -> linear.activations(maxLogitRows, columns, allocator));
    }

    /// Inner rows of feed-forward blocks: input of the downward projection.
    Activations inner(int columns) {
        return tokenActivations("inner", columns);
    }

    /// Rows of another use, one for each token.
    Rows tokenRows(String use, int columns) {
        return rows(use, 1, columns);
    }

    /// Rows of another use, some for each token.
    Rows rows(String use, int eachToken, int columns) {
        return rows.computeIfAbsent(
                new Key(use, columns),
                key -> new Rows(Math.multiplyExact(maxTokens, eachToken), columns, allocator));
    }

    /// Input rows of another use, one for each token.
    Activations tokenActivations(String use, int columns) {
        return activations(use, 1, columns);
    }

    /// Input rows of another use, some for each token.
    Activations activations(String use, int eachToken, int columns) {
        return activations.computeIfAbsent(
                new Key(use, columns),
                key ->
                        linear.activations(
                                Math.multiplyExact(maxTokens, eachToken), columns, allocator));
    }

    /// fp32 rows `[capacity][columns]`.
    record Rows(MemorySegment memory, int columns) {

        Rows(int capacity, int columns, SegmentAllocator allocator) {
            this(
                    allocator.allocate((long) capacity * columns * Float.BYTES, ALIGNMENT_BYTES),
                    columns);
        }

        /// The fp32 rows of activations.
        static Rows of(Activations activations) {
            return new Rows(activations.floats(), activations.columns());
        }

        long offsetBytes(int row) {
            return (long) row * columns * Float.BYTES;
        }

        /// Makes these values of the row NaN, so that whatever is computed from them is NaN too.
        void spoil(int row, int firstColumn, int endColumn) {
            long first = (long) row * columns;
            for (int column = firstColumn; column < endColumn; column++) {
                memory.setAtIndex(ValueLayout.JAVA_FLOAT, first + column, Float.NaN);
            }
        }
    }
}
