package dev.tokamak.kernels;

import dev.tokamak.kernels.activation.Activation;
import dev.tokamak.kernels.attention.Attention;
import dev.tokamak.kernels.cpu.CpuFeatures;
import dev.tokamak.kernels.cpu.Tier;
import dev.tokamak.kernels.cpu.VectorSupport;
import dev.tokamak.kernels.linear.Linear;
import dev.tokamak.kernels.norm.Norm;
import dev.tokamak.kernels.rope.Rope;
import dev.tokamak.kernels.softmax.Softmax;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Picks the fastest tier of each operation that this machine supports and that equals the scalar reference in a
/// self-check. Thread-safe.
public final class KernelProvider {

    /// The environment variable that caps the tier.
    public static final String CAP_VARIABLE = "TOKAMAK_ISA";

    private static final System.Logger LOG = System.getLogger("dev.tokamak.kernels");
    private static final int LEAST_VECTOR_BITS = 128;

    private KernelProvider() {}

    /// The tier of one operation and why it was picked.
    public record Choice(String operation, Tier tier, String reason) {}

    /// The kernels picked, the choice for each operation and the processor they were picked for. Immutable.
    public record Selection(Kernels kernels, List<Choice> choices, CpuFeatures cpu) {
        public Selection {
            choices = List.copyOf(choices);
        }

        /// The choices in one line.
        public String summary() {
            String perTier =
                    choices.stream()
                            .collect(
                                    Collectors.groupingBy(
                                            choice ->
                                                    choice.tier().label()
                                                            + " ("
                                                            + choice.reason()
                                                            + ")",
                                            java.util.TreeMap::new,
                                            Collectors.mapping(
                                                    Choice::operation, Collectors.joining(", "))))
                            .entrySet()
                            .stream()
                            .map(entry -> entry.getKey() + " for " + entry.getValue())
                            .collect(Collectors.joining("; "));
            return "Kernels on %s: %s".formatted(cpu.model(), perTier);
        }
    }

    /// The kernels of the fastest usable tier, not above the cap in `TOKAMAK_ISA`; logs the choice.
    ///
    /// @throws IllegalArgumentException when the cap names no tier
    public static Selection select() {
        Tier cap = cap(System.getenv(CAP_VARIABLE));
        Selection selection = select(CpuFeatures.detect(), VectorSupport.preferredBits(), cap);
        LOG.log(System.Logger.Level.INFO, selection.summary());
        return selection;
    }

    /// The highest tier allowed by a value of `TOKAMAK_ISA`.
    static Tier cap(@Nullable String value) {
        if (value == null || value.isBlank()) {
            return Tier.VECTOR_API;
        }
        try {
            return Tier.ofLabel(value.strip());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(CAP_VARIABLE + ": " + e.getMessage(), e);
        }
    }

    static Selection select(CpuFeatures cpu, int vectorBits, Tier cap) {
        Picker picker = new Picker(refusal(vectorBits, cap), vectorBits);
        Kernels kernels =
                new Kernels(
                        picker.pick("linear", Linear.scalar(), Linear::vector, SelfCheck::linear),
                        picker.pick(
                                "attention",
                                Attention.scalar(),
                                Attention::vector,
                                SelfCheck::attention),
                        picker.pick("norm", Norm.scalar(), Norm::vector, SelfCheck::norm),
                        picker.pick("rope", Rope.scalar(), Rope::vector, SelfCheck::rope),
                        picker.pick(
                                "activation",
                                Activation.scalar(),
                                Activation::vector,
                                SelfCheck::activation),
                        picker.pick(
                                "softmax", Softmax.scalar(), Softmax::vector, SelfCheck::softmax));
        return new Selection(kernels, picker.choices, cpu);
    }

    /// Why vectors cannot be used at all, or empty.
    private static String refusal(int vectorBits, Tier cap) {
        if (cap == Tier.SCALAR) {
            return CAP_VARIABLE + " caps the tier";
        }
        if (vectorBits == 0) {
            return "the module jdk.incubator.vector is absent; add it with --add-modules";
        }
        if (vectorBits < LEAST_VECTOR_BITS) {
            return "vectors have only %d bits here".formatted(vectorBits);
        }
        return "";
    }

    /// Picks one operation after the other and keeps the reasons. Confined to one thread.
    static final class Picker {
        private final String refusal;
        private final int vectorBits;
        final List<Choice> choices = new ArrayList<>();

        Picker(String refusal, int vectorBits) {
            this.refusal = refusal;
            this.vectorBits = vectorBits;
        }

        <K> K pick(String operation, K reference, Supplier<K> twin, BiPredicate<K, K> agree) {
            if (!refusal.isEmpty()) {
                choices.add(new Choice(operation, Tier.SCALAR, refusal));
                return reference;
            }
            try {
                K candidate = twin.get();
                if (agree.test(reference, candidate)) {
                    String reason = "%d-bit vectors, self-check passed".formatted(vectorBits);
                    choices.add(new Choice(operation, Tier.VECTOR_API, reason));
                    return candidate;
                }
                choices.add(
                        new Choice(
                                operation,
                                Tier.SCALAR,
                                "the self-check of vector-api differed from the reference"));
            } catch (RuntimeException | LinkageError | AssertionError e) {
                choices.add(
                        new Choice(
                                operation,
                                Tier.SCALAR,
                                "the self-check of vector-api failed: " + e));
            }
            return reference;
        }
    }

    /// The kernels of exactly this tier, for tests that compare tiers.
    public static Kernels of(Tier tier) {
        return switch (tier) {
            case VECTOR_API ->
                    new Kernels(
                            Linear.vector(),
                            Attention.vector(),
                            Norm.vector(),
                            Rope.vector(),
                            Activation.vector(),
                            Softmax.vector());
            case SCALAR ->
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
