package dev.tokamak.kernels.linear;

import dev.tokamak.kernels.format.TensorType;
import java.lang.foreign.MemorySegment;

/// Writes groups of packed weights from the bytes of a file. Confined to one thread.
interface GroupWriter {

    /// Writes the group's rows; rows that the weights lack become zero.
    ///
    /// @param source the tensor's bytes as in the file, row by row
    void write(MemorySegment source, int group);

    /// A writer of weights that keep their type.
    static GroupWriter of(PackedWeights weights) {
        TensorType type = weights.type();
        boolean movesWords = type.codebook().isEmpty() || type == TensorType.IQ4_NL;
        return movesWords ? new PanelWriter(weights) : new CodebookWriter(weights);
    }
}
