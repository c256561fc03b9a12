package dev.tokamak.kernels.attention;

import dev.tokamak.kernels.code.CodeMemory;
import dev.tokamak.kernels.code.CodeMemoryRefusedException;
import dev.tokamak.kernels.cpu.CpuFeatures;
import dev.tokamak.kernels.cpu.Tier;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/// The emitted attentions that this machine can run, by the labels of their tiers.
final class EmittedTiers {

    private EmittedTiers() {}

    /// Skips the test where there are none.
    static Map<String, Attention> attentions() {
        Map<String, Attention> found = found();
        Assumptions.assumeFalse(
                found.isEmpty(), "the machine runs no machine code for AVX2 or AVX-512");
        return found;
    }

    /// Those that there are.
    static Map<String, Attention> found() {
        Map<String, Attention> found = new LinkedHashMap<>();
        try {
            for (Tier tier : List.of(Tier.AVX2, Tier.AVX512_VNNI)) {
                if (CpuFeatures.detect().usable().containsAll(tier.required())) {
                    found.put(tier.label(), Attention.emitted(tier, CodeMemory.open()));
                }
            }
        } catch (CodeMemoryRefusedException refused) {
            return Map.of();
        }
        return found;
    }
}
