package dev.tokamak.benchmarks;

import dev.tokamak.kernels.KernelProvider;
import dev.tokamak.kernels.Kernels;
import dev.tokamak.kernels.cpu.Tier;

/// The kernels that a benchmark's parameter `tier` names: the label of a tier, or `fastest` for what the product picks.
final class TierKernels {

    private TierKernels() {}

    static Kernels of(String tier) {
        return tier.equals("fastest")
                ? KernelProvider.select().kernels()
                : KernelProvider.of(Tier.ofLabel(tier));
    }
}
