package dev.tokamak.kernels;

import dev.tokamak.kernels.KernelProvider.Choice;
import dev.tokamak.kernels.KernelProvider.PassedOver;
import dev.tokamak.kernels.Operation.Candidate;
import dev.tokamak.kernels.cpu.Tier;
import java.util.ArrayList;
import java.util.List;

/// Picks one operation's implementation after the other and keeps the reasons. Confined to one thread.
final class Picker {

    private final Machine machine;
    private final Tier cap;
    private final boolean checks;
    private final List<Choice> choices = new ArrayList<>();

    /// @param checks whether an implementation must pass the self-check
    Picker(Machine machine, Tier cap, boolean checks) {
        this.machine = machine;
        this.cap = cap;
        this.checks = checks;
    }

    /// The first implementation that may run here, is allowed and agrees with the reference.
    <K> K pick(Operation<K> operation) {
        K reference = operation.reference(machine);
        List<PassedOver> passedOver = new ArrayList<>();
        for (Candidate<K> candidate : operation.candidates()) {
            if (candidate.tier() == Tier.SCALAR) {
                break;
            }
            String refusal = refusal(candidate.tier());
            if (refusal.isEmpty()) {
                try {
                    K made = candidate.maker().apply(machine);
                    if (!checks || operation.agrees().test(reference, made)) {
                        keep(operation, candidate.tier(), passedOver);
                        return made;
                    }
                    refusal = "the self-check differed from the reference";
                } catch (RuntimeException | LinkageError | AssertionError e) {
                    refusal = "the self-check failed: " + e;
                }
            }
            passedOver.add(new PassedOver(candidate.tier(), refusal));
        }
        keep(operation, Tier.SCALAR, passedOver);
        return reference;
    }

    private String refusal(Tier tier) {
        return tier.isAllowedBy(cap)
                ? machine.refusal(tier)
                : "capped by " + KernelProvider.CAP_VARIABLE;
    }

    private void keep(Operation<?> operation, Tier tier, List<PassedOver> passedOver) {
        choices.add(new Choice(operation.name(), tier, passedOver));
    }

    List<Choice> choices() {
        return List.copyOf(choices);
    }
}
