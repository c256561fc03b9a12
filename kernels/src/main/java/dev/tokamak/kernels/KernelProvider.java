package dev.tokamak.kernels;

import dev.tokamak.kernels.cpu.CpuFeatures;
import dev.tokamak.kernels.cpu.Tier;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Picks the fastest tier of each operation that this machine can run and that equals the scalar reference in a
/// self-check. Thread-safe.
public final class KernelProvider {

    /// The environment variable that caps the tier.
    public static final String CAP_VARIABLE = "TOKAMAK_ISA";

    private static final System.Logger LOG = System.getLogger("dev.tokamak.kernels");
    private static final Tier FASTEST = Tier.AMX_INT8;

    private KernelProvider() {}

    /// A faster tier that was not picked, and why. Immutable.
    public record PassedOver(Tier tier, String reason) {}

    /// The tier of one operation and why none of the faster ones. Immutable.
    public record Choice(String operation, Tier tier, List<PassedOver> passedOver) {
        public Choice {
            passedOver = List.copyOf(passedOver);
        }

        /// Why this tier, in words.
        public String reason() {
            String own = tier == Tier.SCALAR ? "the reference" : "self-check passed";
            return passedOver.stream()
                    .map(over -> "; %s: %s".formatted(over.tier().label(), over.reason()))
                    .collect(Collectors.joining("", own, ""));
        }
    }

    /// The kernels picked, the choice for each operation and the processor they were picked for. Immutable; its owner
    /// closes the kernels.
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
                                                    "%s (%s)"
                                                            .formatted(
                                                                    choice.tier().label(),
                                                                    choice.reason()),
                                            TreeMap::new,
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
        Selection selection = select(Machine.here(), cap);
        LOG.log(System.Logger.Level.INFO, selection.summary());
        return selection;
    }

    /// The highest tier allowed by a value of `TOKAMAK_ISA`.
    static Tier cap(@Nullable String value) {
        if (value == null || value.isBlank()) {
            return FASTEST;
        }
        try {
            return Tier.ofLabel(value.strip());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(CAP_VARIABLE + ": " + e.getMessage(), e);
        }
    }

    static Selection select(Machine machine, Tier cap) {
        Picker picker = new Picker(machine, cap, true);
        return new Selection(kernels(picker, machine), picker.choices(), machine.cpu());
    }

    private static Kernels kernels(Picker picker, Machine machine) {
        return new Kernels(
                picker.pick(Operations.LINEAR),
                picker.pick(Operations.ATTENTION),
                picker.pick(Operations.NORM),
                picker.pick(Operations.ROPE),
                picker.pick(Operations.ACTIVATION),
                picker.pick(Operations.SOFTMAX),
                machine.codeInUse());
    }

    /// The tiers that this machine can run and that some operation has code for, fastest first, for tests that compare
    /// them.
    public static List<Tier> available() {
        Machine machine = Machine.here();
        return Operations.tiers().stream().filter(tier -> machine.refusal(tier).isEmpty()).toList();
    }

    /// The kernels of this tier without a self-check, for tests that compare tiers; operations that have no code for it take
    /// the next slower tier.
    ///
    /// @throws UnsupportedOperationException when this machine cannot run the tier, saying why
    public static Kernels of(Tier tier) {
        return of(tier, Machine.here());
    }

    static Kernels of(Tier tier, Machine machine) {
        String refusal = machine.refusal(tier);
        if (!refusal.isEmpty()) {
            throw new UnsupportedOperationException(
                    "tier %s cannot run here: %s".formatted(tier.label(), refusal));
        }
        return kernels(new Picker(machine, tier, false), machine);
    }
}
