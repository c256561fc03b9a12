package dev.tokamak.kernels.cpu;

import java.util.Arrays;
import java.util.stream.Collectors;

/// A level of instructions that kernels are written for, fastest first.
public enum Tier {
    VECTOR_API("vector-api"),
    SCALAR("scalar");

    private final String label;

    Tier(String label) {
        this.label = label;
    }

    /// The name in `TOKAMAK_ISA` and in messages.
    public String label() {
        return label;
    }

    /// The tier with this label.
    ///
    /// @throws IllegalArgumentException naming the known labels when there is none
    public static Tier ofLabel(String label) {
        for (Tier tier : values()) {
            if (tier.label.equals(label)) {
                return tier;
            }
        }
        throw new IllegalArgumentException(
                "unknown tier '%s'; known are %s"
                        .formatted(
                                label,
                                Arrays.stream(values())
                                        .map(Tier::label)
                                        .collect(Collectors.joining(", "))));
    }
}
