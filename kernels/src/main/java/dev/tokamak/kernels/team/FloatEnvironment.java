package dev.tokamak.kernels.team;

/// The floating-point state of a thread as the numerics contract needs it: denormal numbers are kept. Immutable.
final class FloatEnvironment {

    private FloatEnvironment() {}

    /// Throws unless this thread reads and writes denormal numbers.
    static void require() {
        require(Float.MIN_NORMAL, Float.MIN_VALUE);
    }

    /// Takes its operands as arguments so that the products are computed at run time, by this thread.
    static void require(float smallestNormal, float smallestDenormal) {
        if (smallestNormal * 0.5f == 0f || smallestDenormal * 0x1p30f == 0f) {
            throw new IllegalStateException(
                    "thread "
                            + Thread.currentThread().getName()
                            + " flushes denormal numbers to zero, so results would not be the same on every"
                            + " machine; look for a native library that sets FTZ or DAZ");
        }
    }
}
