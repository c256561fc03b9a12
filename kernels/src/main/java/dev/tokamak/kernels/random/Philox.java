package dev.tokamak.kernels.random;

/// Philox4x32-10, the counter-based generator of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
public final class Philox {

    private Philox() {}

    /// A number in [0, 1) with 24 random bits that depends on these three only.
    public static float uniform(long seed, int choice, long position) {
        throw new AssertionError("replaced by the implementation");
    }
}
