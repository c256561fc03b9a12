package dev.tokamak.kernels.linear;

import dev.tokamak.kernels.code.CodeMemory;
import dev.tokamak.kernels.cpu.Tier;
import dev.tokamak.kernels.norm.Norm;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/// The product of packed weights and a batch of token rows, in the order of the numerics contract. Thread-safe.
///
/// Legend: a group is 16 consecutive output rows of the weights (the last may be partly padding); pieces of work are
/// ranges of groups and of tokens. A result does not depend on how work is cut into pieces.
public interface Linear {

    /// Room for the input of this implementation's products, quantised into the form that it reads. Those of another
    /// implementation may have another form and are refused where that matters.
    ///
    /// @param capacity the most tokens
    /// @param columns the values of a token
    /// @param allocator gives the memory, 64-byte aligned
    Activations activations(int capacity, int columns, SegmentAllocator allocator);

    /// Computes `output[t][r] = sum over k of weights[r][k] * input[t][k]` for the rows of groups
    /// `[firstGroup, firstGroup + groupCount)` and tokens `[firstToken, firstToken + tokenCount)`.
    ///
    /// @param output fp32 rows of `outputStride` floats; row t starts at float `t * outputStride`; rows beyond
    ///     `weights.rows()` are not written
    void multiply(
            PackedWeights weights,
            Activations input,
            int firstToken,
            int tokenCount,
            MemorySegment output,
            long outputStride,
            int firstGroup,
            int groupCount);

    /// Quantises the fp32 rows of these tokens into the blocks that products with integer weights read.
    ///
    /// A token with a value that is not finite is marked so, see [Activations#finite], and its blocks become zero.
    void quantize(Activations activations, int firstToken, int tokenCount);

    /// Writes RMS norms of rows that follow one another into the fp32 rows of these tokens, as [Norm#rms] does, and
    /// quantises them.
    ///
    /// @param norm any implementation: all give the same bits
    default void rmsQuantized(
            Norm norm,
            MemorySegment input,
            long inputOffsetBytes,
            MemorySegment weight,
            float epsilon,
            Activations output,
            int firstToken,
            int tokenCount) {
        norm.rms(
                input,
                inputOffsetBytes,
                weight,
                epsilon,
                output.floats(),
                output.offsetBytes(firstToken),
                output.columns(),
                tokenCount);
        quantize(output, firstToken, tokenCount);
    }

    /// Asks for the first weights from this group on, because this core will soon read them. Changes no result.
    default void fetchAhead(PackedWeights weights, int group) {}

    /// The reference implementation, which is the specification.
    static Linear scalar() {
        return new ScalarLinear();
    }

    /// The Vector API twin; needs the module `jdk.incubator.vector`.
    static Linear vector() {
        return new VectorLinear();
    }

    /// The twin in machine code of a tier that this machine has.
    ///
    /// @param code where the machine code goes; the twin is of no use once it is closed
    static Linear emitted(Tier tier, CodeMemory code) {
        return switch (tier) {
            case AMX_INT8 ->
                    new AmxLinear(
                            new EmittedLinear(
                                    code,
                                    512,
                                    type -> IntegerProductAmx.emit(type, TileUnit.ofAmx())),
                            new EmittedLinear(code, 512, Product512::emit));
            case AVX512_VNNI -> new EmittedLinear(code, 512, Product512::emit);
            case AVX_VNNI -> new EmittedLinear(code, 256, Product256::emitAvxVnni);
            case AVX2 -> new EmittedLinear(code, 256, Product256::emitAvx2);
            case VECTOR_API, SCALAR ->
                    throw new IllegalArgumentException("no linear layer is emitted for " + tier);
        };
    }
}
