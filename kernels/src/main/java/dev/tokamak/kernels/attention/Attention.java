package dev.tokamak.kernels.attention;

import java.lang.foreign.MemorySegment;

/// Causal attention over KV pages in the order of the numerics contract: per page maximum, rescale, exp and 16 running
/// sums by key mod 16, segments of 512 keys merged in ascending order. Thread-safe; the scratch belongs to one worker.
public interface Attention {

    /// Writes the key and value of one token and head as fp16; values that overflow are clamped to ±65,504.
    ///
    /// @param keyOffsetBytes where `keyDim` floats of the key start in `keys`
    /// @param valueOffsetBytes where `valueDim` floats of the value start in `values`
    void store(
            KvView view,
            AttentionHead head,
            int position,
            MemorySegment keys,
            long keyOffsetBytes,
            MemorySegment values,
            long valueOffsetBytes);

    /// Computes the attention of `tokenCount` consecutive tokens of one sequence, starting at `firstPosition`, for the
    /// query heads that share one KV head. Token i, head h of the group reads `keyDim` floats of `query` at
    /// `queryOffsetBytes + (i * head.tokenStride() + h * keyDim) * 4` and writes `valueDim` floats of `output` at
    /// `outputOffsetBytes + (i * head.outputStride() + h * valueDim) * 4`. Keys of all positions up to the token's own
    /// must have been stored.
    void attend(
            KvView view,
            AttentionHead head,
            int firstPosition,
            int tokenCount,
            MemorySegment query,
            long queryOffsetBytes,
            MemorySegment output,
            long outputOffsetBytes);
}
