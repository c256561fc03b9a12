package dev.tokamak.kernels;

import dev.tokamak.kernels.code.CodeMemory;
import dev.tokamak.kernels.cpu.Tier;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Supplier;

/// An operation and everything that can compute it, fastest first; the last is the reference. Immutable.
///
/// @param agrees whether an implementation (second) equals the reference (first) in a self-check
record Operation<K>(String name, BiPredicate<K, K> agrees, List<Candidate<K>> candidates) {

    Operation {
        candidates = List.copyOf(candidates);
        if (candidates.isEmpty() || candidates.getLast().tier() != Tier.SCALAR) {
            throw new IllegalArgumentException(name + " has no reference");
        }
    }

    /// One implementation, made only when it is tried, so that the classes of others are never loaded.
    record Candidate<K>(Tier tier, Function<Machine, K> maker) {}

    /// An implementation that writes machine code.
    static <K> Candidate<K> emitted(Tier tier, Function<CodeMemory, K> maker) {
        return new Candidate<>(tier, machine -> maker.apply(machine.code()));
    }

    static <K> Candidate<K> vector(Supplier<K> maker) {
        return new Candidate<>(Tier.VECTOR_API, machine -> maker.get());
    }

    static <K> Candidate<K> scalar(Supplier<K> maker) {
        return new Candidate<>(Tier.SCALAR, machine -> maker.get());
    }

    K reference(Machine machine) {
        return candidates.getLast().maker().apply(machine);
    }
}
