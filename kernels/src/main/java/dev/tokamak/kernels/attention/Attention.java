package dev.tokamak.kernels.attention;

import dev.tokamak.kernels.code.CodeMemory;
import dev.tokamak.kernels.cpu.Tier;
import java.lang.foreign.MemorySegment;

/// Attention over KV pages in the order of the numerics contract: per page maximum, rescale, exp and 16 running
/// sums by key mod 16, segments of 512 keys merged in ascending order. Thread-safe; the scratch belongs to one worker.
public interface Attention {

    /// Writes the key and value of one token and head in the type of the layout; as fp16, values that overflow are clamped
    /// to ±65,504.
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

    /// Computes the attention of `tokenCount` consecutive tokens of one sequence, the first at absolute position
    /// `firstPosition` and in row `firstRow` of `query` and `output`, for query heads that share one KV head. Keys of
    /// all positions that a token sees must have been stored.
    ///
    /// Row r of `query` starts at float `r * head.tokenStride()`, row r of `output` at float `r * head.outputStride()`;
    /// query head h of those of the head stands `(head.firstQueryHead() + h)` times `keyDim` (`valueDim` in the
    /// output) floats further. For rows that start elsewhere pass a slice.
    ///
    /// The order, for each token and query head, visible keys being those that the rule's [Visibility] says: a score is
    /// `scale * chain`, `chain = fma(q[d], k[d], chain)` for ascending d from +0, with a softcap
    /// `softcap * tanh(score / softcap)`. Each segment of 512 keys (absolute multiples) starts with maximum -infinity and zero sums.
    /// For each of its pages with visible keys: `newMaximum = max(maximum, scores of visible keys)`; the 16 sums and the
    /// output are multiplied by `exp(maximum - newMaximum)` if the maximum grew; for ascending visible keys j,
    /// `p = exp(score[j] - newMaximum)`, `sum[j mod 16] += p`, `output[d] = fma(p, v[j][d], output[d])`. The segment's
    /// sum is the halving tree over the 16. Segments are merged in ascending order, the first one as it is:
    /// `m = max(M, maximum)`, `a = exp(M - m)`, `b = exp(maximum - m)`, `S = fma(sum, b, S * a)`,
    /// `O[d] = fma(output[d], b, O[d] * a)`. A sink is merged last: `m = max(M, sink)`, `a = exp(M - m)`,
    /// `S = S * a + exp(sink - m)`, `O[d] = O[d] * a`. The result is `O[d] * (1 / S)`.
    void attend(
            KvView view,
            AttentionHead head,
            int firstPosition,
            int firstRow,
            int tokenCount,
            MemorySegment query,
            MemorySegment output,
            AttentionScratch scratch);

    /// Computes one segment of the attention of one token, in row `row` of `query`, for the query heads that share one KV
    /// head, so that several workers can share a long sequence: for each query head the segment's output, maximum and sum,
    /// as they are before a merge. The segment must have keys that the token sees. Followed by [#merge].
    void attendSegment(
            KvView view,
            AttentionHead head,
            int position,
            int row,
            int segment,
            MemorySegment query,
            AttentionPartials partials,
            AttentionScratch scratch);

    /// Merges all segments that the token sees, ascending, into row `row` of `output`: the same bits as [#attend].
    void merge(
            KvView view,
            AttentionHead head,
            int position,
            int row,
            AttentionPartials partials,
            MemorySegment output);

    /// Asks for the first page that a token at this position sees, because this core will soon read it. Changes no result.
    default void fetchAhead(KvView view, AttentionHead head, int position) {}

    /// Asks for the keys of the page of this position, because this core will soon store a key there. Changes no result.
    default void fetchKeysAhead(KvView view, AttentionHead head, int position) {}

    /// The reference implementation, which is the specification.
    static Attention scalar() {
        return new ScalarAttention();
    }

    /// The twin in machine code of a tier that this machine has.
    ///
    /// @param code where the machine code goes; the twin is of no use once it is closed
    static Attention emitted(Tier tier, CodeMemory code) {
        return switch (tier) {
            case AVX512_VNNI -> new EmittedAttention(code, 512);
            case AVX2 -> new EmittedAttention(code, 256);
            default -> throw new IllegalArgumentException("no attention is emitted for " + tier);
        };
    }

    /// The Vector API twin; needs the module `jdk.incubator.vector`.
    static Attention vector() {
        return new VectorAttention();
    }
}
