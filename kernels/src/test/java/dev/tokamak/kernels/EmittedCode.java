package dev.tokamak.kernels;

import dev.tokamak.kernels.code.CodeMemory;
import dev.tokamak.kernels.code.CodeMemoryRefusedException;
import dev.tokamak.kernels.cpu.CpuFeature;
import dev.tokamak.kernels.cpu.CpuFeatures;
import dev.tokamak.kernels.cpu.Tier;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Assumptions;

/// The emitted twins that this machine can run, for tests.
public final class EmittedCode {

    private EmittedCode() {}

    /// Makes a twin for each width of vectors that this machine has; skips the test when there is none.
    public static <K> List<K> twins(BiFunction<CodeMemory, Integer, K> maker) {
        CodeMemory memory = open();
        Set<CpuFeature> usable = CpuFeatures.detect().usable();
        List<K> twins = new ArrayList<>();
        if (usable.containsAll(Tier.AVX2.required())) {
            twins.add(maker.apply(memory, 256));
        }
        if (usable.containsAll(Tier.AVX512_VNNI.required())) {
            twins.add(maker.apply(memory, 512));
        }
        Assumptions.assumeFalse(twins.isEmpty(), "this processor has neither AVX2 nor AVX-512");
        return twins;
    }

    private static CodeMemory open() {
        try {
            return CodeMemory.open();
        } catch (CodeMemoryRefusedException e) {
            Assumptions.abort("machine code cannot run here: " + e.getMessage());
            throw e;
        }
    }
}
