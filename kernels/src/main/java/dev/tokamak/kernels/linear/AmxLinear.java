package dev.tokamak.kernels.linear;

import dev.tokamak.kernels.norm.Norm;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/// Linear layers whose batches of integer weights go to AMX, eight or more tokens at a time, and the rest to AVX-512.
/// Thread-safe.
final class AmxLinear implements Linear {

    private final Linear tiles;
    private final Linear vectors;

    /// With the emitted products of tiles for multiples of eight tokens, and those of AVX-512.
    AmxLinear(EmittedLinear tiles, EmittedLinear vectors) {
        this.tiles = tiles;
        this.vectors = vectors;
    }

    @Override
    public Activations activations(int capacity, int columns, SegmentAllocator allocator) {
        return vectors.activations(capacity, columns, allocator);
    }

    @Override
    public void multiply(
            PackedWeights weights,
            Activations input,
            int firstToken,
            int tokenCount,
            MemorySegment output,
            long outputStride,
            int firstGroup,
            int groupCount) {
        int head =
                weights.readsQuantized()
                        ? tokenCount - tokenCount % IntegerProductAmx.TOKEN_STEP
                        : 0;
        if (head > 0) {
            tiles.multiply(
                    weights, input, firstToken, head, output, outputStride, firstGroup, groupCount);
        }
        if (head < tokenCount || head == 0) {
            vectors.multiply(
                    weights,
                    input,
                    firstToken + head,
                    tokenCount - head,
                    output,
                    outputStride,
                    firstGroup,
                    groupCount);
        }
    }

    @Override
    public void fetchAhead(PackedWeights weights, int group) {
        vectors.fetchAhead(weights, group);
    }

    @Override
    public void quantize(Activations activations, int firstToken, int tokenCount) {
        vectors.quantize(activations, firstToken, tokenCount);
    }

    @Override
    public void rmsQuantized(
            Norm norm,
            MemorySegment input,
            long inputOffsetBytes,
            MemorySegment weight,
            float epsilon,
            Activations output,
            int firstToken,
            int tokenCount) {
        vectors.rmsQuantized(
                norm, input, inputOffsetBytes, weight, epsilon, output, firstToken, tokenCount);
    }
}
