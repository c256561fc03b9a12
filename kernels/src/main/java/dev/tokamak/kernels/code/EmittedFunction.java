package dev.tokamak.kernels.code;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// A function of machine code: six `long` arguments in rdi, rsi, rdx, rcx, r8 and r9, a `long` result in rax, the
/// registers that System V names preserved. It may use 16 KiB of stack. Thread-safe if its code is.
public final class EmittedFunction {

    private final String purpose;
    private final int codeBytes;
    private volatile @Nullable MemorySegment code;

    EmittedFunction(String purpose, int codeBytes, MemorySegment code) {
        this.purpose = purpose;
        this.codeBytes = codeBytes;
        this.code = code;
    }

    /// What the function computes, for messages.
    public String purpose() {
        return purpose;
    }

    /// The length of its machine code.
    public int codeBytes() {
        return codeBytes;
    }

    /// Calls the function; for work of more than about 20 microseconds, because the JVM may stop meanwhile.
    ///
    /// @throws IllegalStateException when its code memory is closed
    public long call(long a, long b, long c, long d, long e, long f) {
        return NativeCall.invoke(openCode(), a, b, c, d, e, f);
    }

    /// Calls the function with less overhead, but the whole JVM may have to wait for it; for work of at most about 20
    /// microseconds.
    ///
    /// @throws IllegalStateException when its code memory is closed
    public long callBriefly(long a, long b, long c, long d, long e, long f) {
        return NativeCall.invokeBriefly(openCode(), a, b, c, d, e, f);
    }

    /// Ends further calls; calls that run keep their pages until they return.
    void close() {
        code = null;
    }

    private MemorySegment openCode() {
        MemorySegment open = code;
        if (open == null) {
            throw new IllegalStateException(
                    "the machine code of '%s' is closed".formatted(purpose));
        }
        return open;
    }

    @Override
    public String toString() {
        return purpose + " (" + codeBytes + " bytes of machine code)";
    }
}
