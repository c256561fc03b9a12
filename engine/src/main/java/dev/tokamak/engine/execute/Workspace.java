package dev.tokamak.engine.execute;

import dev.tokamak.kernels.attention.AttentionPartials;
import dev.tokamak.kernels.attention.AttentionScratch;
import dev.tokamak.kernels.attention.KvLayout;
import dev.tokamak.kernels.linear.Activations;
import dev.tokamak.kernels.linear.Linear;
import dev.tokamak.models.architecture.DecoderLayer;
import dev.tokamak.models.architecture.DecoderModel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Every intermediate row of a forward pass, allocated once. Pieces write disjoint tokens or columns.
final class Workspace {

    private static final long ALIGNMENT_BYTES = 64;

    /// The residual stream, `[tokens][hidden]`.
    final Rows residual;

    /// What a layer adds to the residual stream, `[tokens][hidden]`.
    final Rows delta;

    final Rows queries;
    final Rows keys;
    final Rows values;
    final Rows up;

    /// The normalised residual stream: input of q/k/v and of gate/up.
    final Activations normed;

    /// The outputs of all heads: input of the output projection.
    final Activations attended;

    /// The gated products: input of the down projection.
    final Activations gated;

    /// The normalised rows of the tokens that ask for logits, in their order.
    final Activations headInput;

    /// Of the tokens that ask for logits: outputs of all heads in the last layer, and the residual stream from there.
    final Activations compactAttended;

    final Rows compactResidual;
    final Rows logits;

    /// What attention needs beside these, one for each worker.
    final AttentionScratch[] attentionScratch;

    /// Partial results of tokens whose attention is cut into segments, by the slot of the token.
    final AttentionPartials[] attentionPartials;

    Workspace(
            DecoderModel model,
            Linear linear,
            CpuBackendOptions options,
            int workers,
            SegmentAllocator allocator) {
        int maxTokens = options.maxBatchTokens();
        int maxLogitRows = options.maxLogitRows();
        int hidden = model.shape().hidden();
        int queryColumns = model.shape().heads() * model.shape().headDim();
        int keyColumns = model.shape().kvHeads() * model.shape().headDim();
        int inner = 1;
        for (DecoderLayer layer : model.layers()) {
            inner = Math.max(inner, layer.feedForward().gate().weights().rows());
        }
        residual = new Rows(maxTokens, hidden, allocator);
        delta = new Rows(maxTokens, hidden, allocator);
        queries = new Rows(maxTokens, queryColumns, allocator);
        keys = new Rows(maxTokens, keyColumns, allocator);
        values = new Rows(maxTokens, keyColumns, allocator);
        up = new Rows(maxTokens, inner, allocator);
        normed = linear.activations(maxTokens, hidden, allocator);
        attended = linear.activations(maxTokens, queryColumns, allocator);
        gated = linear.activations(maxTokens, inner, allocator);
        headInput = linear.activations(maxLogitRows, hidden, allocator);
        compactAttended = linear.activations(maxLogitRows, queryColumns, allocator);
        compactResidual = new Rows(maxLogitRows, hidden, allocator);
        logits = new Rows(maxLogitRows, model.shape().vocabulary(), allocator);
        attentionScratch = new AttentionScratch[workers];
        KvLayout layout = KvLayouts.of(model);
        Arrays.setAll(attentionScratch, worker -> new AttentionScratch(layout, allocator));
        int keys = (int) Math.min((long) options.pages() * KvLayout.PAGE_TOKENS, Integer.MAX_VALUE);
        int slots = Math.min(maxTokens, AttentionPlan.slots(model.shape().kvHeads(), workers));
        attentionPartials = new AttentionPartials[slots];
        Arrays.setAll(
                attentionPartials,
                slot -> new AttentionPartials(layout, model.shape().heads(), keys, allocator));
    }

    /// fp32 rows `[capacity][columns]`.
    record Rows(MemorySegment memory, int columns) {

        Rows(int capacity, int columns, SegmentAllocator allocator) {
            this(
                    allocator.allocate((long) capacity * columns * Float.BYTES, ALIGNMENT_BYTES),
                    columns);
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
