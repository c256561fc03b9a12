package dev.tokamak.kernels;

import dev.tokamak.kernels.code.CodeMemory;
import dev.tokamak.kernels.code.CodeMemoryRefusedException;
import dev.tokamak.kernels.cpu.CpuFeature;
import dev.tokamak.kernels.cpu.CpuFeatures;
import dev.tokamak.kernels.cpu.Tier;
import dev.tokamak.kernels.cpu.VectorSupport;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What kernels may use here: the processor, the Vector API, and code memory that is opened when first needed. Confined to
/// one thread.
final class Machine {

    private static final System.Logger LOG = System.getLogger("dev.tokamak.kernels");
    private static final int LEAST_VECTOR_BITS = 128;

    private final CpuFeatures cpu;
    private final IntSupplier vectorBits;
    private final Supplier<CodeMemory> opener;
    private @Nullable CodeMemory code;
    private String codeRefusal = "";

    /// @param vectorBits asked only when the Vector API is tried, because asking loads it
    Machine(CpuFeatures cpu, IntSupplier vectorBits, Supplier<CodeMemory> opener) {
        this.cpu = cpu;
        this.vectorBits = vectorBits;
        this.opener = opener;
    }

    static Machine here() {
        return new Machine(CpuFeatures.detect(), VectorSupport::preferredBits, CodeMemory::open);
    }

    CpuFeatures cpu() {
        return cpu;
    }

    /// Why kernels of this tier cannot run; empty if they can.
    String refusal(Tier tier) {
        for (CpuFeature feature : tier.required()) {
            if (!cpu.usable().contains(feature)) {
                String withheld = cpu.withheld().get(feature);
                return withheld == null
                        ? "no %s on this processor".formatted(feature.label())
                        : "no %s: %s".formatted(feature.label(), withheld);
            }
        }
        if (tier == Tier.VECTOR_API) {
            return vectorRefusal(vectorBits.getAsInt());
        }
        return tier.isEmitted() ? codeRefusal() : "";
    }

    private static String vectorRefusal(int bits) {
        if (bits == 0) {
            return "the module jdk.incubator.vector is absent; add it with --add-modules";
        }
        return bits < LEAST_VECTOR_BITS ? "vectors have only %d bits here".formatted(bits) : "";
    }

    private String codeRefusal() {
        if (code == null && codeRefusal.isEmpty()) {
            try {
                code = opener.get();
            } catch (CodeMemoryRefusedException e) {
                codeRefusal = "machine code cannot run: " + e.getMessage();
                LOG.log(
                        System.Logger.Level.WARNING,
                        "Machine code of this program cannot run here, so kernels are slower: {0}",
                        e.getMessage());
            }
        }
        return codeRefusal;
    }

    /// The code memory of the kernels that are being made.
    ///
    /// @throws CodeMemoryRefusedException when no machine code may run here
    CodeMemory code() {
        CodeMemory open = code;
        if (open == null) {
            open = opener.get();
            code = open;
        }
        return open;
    }

    /// The code memory if it was needed.
    Optional<CodeMemory> codeInUse() {
        return Optional.ofNullable(code);
    }
}
