package dev.tokamak.kernels;

import dev.tokamak.kernels.activation.Activation;
import dev.tokamak.kernels.attention.Attention;
import dev.tokamak.kernels.code.CodeMemory;
import dev.tokamak.kernels.linear.Linear;
import dev.tokamak.kernels.norm.Norm;
import dev.tokamak.kernels.rope.Rope;
import dev.tokamak.kernels.softmax.Softmax;
import java.util.Optional;

/// The implementation of every operation, all bit for bit the same whichever tier they come from. Thread-safe; closing
/// it ends the use of emitted ones.
///
/// @param code the machine code of emitted implementations; empty when there is none
public record Kernels(
        Linear linear,
        Attention attention,
        Norm norm,
        Rope rope,
        Activation activation,
        Softmax softmax,
        Optional<CodeMemory> code)
        implements AutoCloseable {

    /// The size of the machine code that these kernels have written so far.
    public long emittedBytes() {
        return code.map(CodeMemory::emittedBytes).orElse(0L);
    }

    /// Gives machine code back to the system; later calls of emitted kernels throw. Idempotent.
    @Override
    public void close() {
        code.ifPresent(CodeMemory::close);
    }
}
