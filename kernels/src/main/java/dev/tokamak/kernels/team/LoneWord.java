package dev.tokamak.kernels.team;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// A volatile number that shares its cache lines with nothing else, so that what others write nearby does not take it
/// away from those who read it. Thread-safe.
final class LoneWord {

    private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);

    /// Words of two cache lines: the word stands after as many and before as many.
    private static final int MARGIN = 16;

    private final long[] words = new long[2 * MARGIN + 1];

    long get() {
        return (long) WORDS.getVolatile(words, MARGIN);
    }

    void set(long value) {
        WORDS.setVolatile(words, MARGIN, value);
    }

    boolean compareAndSet(long expected, long value) {
        return WORDS.compareAndSet(words, MARGIN, expected, value);
    }

    long addAndGet(long addend) {
        return (long) WORDS.getAndAdd(words, MARGIN, addend) + addend;
    }
}
