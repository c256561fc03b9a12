package dev.tokamak.kernels.linear;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/// What every tier requires of the arguments of a linear layer. Immutable.
final class LinearChecks {

    private LinearChecks() {}

    static void requireFits(
            PackedWeights weights,
            Activations input,
            int firstToken,
            int tokenCount,
            MemorySegment output,
            long outputStride,
            int firstGroup,
            int groupCount) {
        requireTokens(input, firstToken, tokenCount);
        Objects.checkFromIndexSize(firstGroup, groupCount, weights.groups());
        if (input.columns() != weights.columns()) {
            throw new IllegalArgumentException(
                    "activations have "
                            + input.columns()
                            + " columns, weights "
                            + weights.columns());
        }
        if (outputStride < weights.rows()) {
            throw new IllegalArgumentException(
                    "output rows of " + outputStride + " floats cannot hold " + weights.rows());
        }
        long needed =
                ((firstToken + tokenCount - 1L) * outputStride + weights.rows()) * Float.BYTES;
        if (tokenCount > 0 && output.byteSize() < needed) {
            throw new IllegalArgumentException(
                    "output of " + output.byteSize() + " bytes, but " + needed + " are needed");
        }
    }

    static void requireTokens(Activations activations, int firstToken, int tokenCount) {
        Objects.checkFromIndexSize(firstToken, tokenCount, activations.capacity());
    }

    /// What emitted code needs, since it cannot check anything itself.
    static void requireNative(MemorySegment weights, MemorySegment output) {
        if (!weights.scope().isAlive()) {
            throw new IllegalStateException("the weights are closed");
        }
        if (!output.isNative() || !output.scope().isAlive()) {
            throw new IllegalArgumentException(
                    "output must be native memory that is open, not " + output);
        }
    }
}
