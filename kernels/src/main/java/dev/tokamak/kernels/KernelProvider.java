package dev.tokamak.kernels;

import dev.tokamak.kernels.cpu.Tier;

/// Picks the fastest tier of each operation that this machine supports and that equals the scalar reference in a
/// self-check. Thread-safe.
public final class KernelProvider {

    private KernelProvider() {}

    /// The kernels of the fastest usable tier, not above the cap in `TOKAMAK_ISA`.
    public static Kernels select() {
        throw new AssertionError("replaced by the implementation");
    }

    /// The kernels of exactly this tier, for tests that compare tiers.
    public static Kernels of(Tier tier) {
        throw new AssertionError("replaced by the implementation " + tier);
    }
}
