package dev.tokamak.kernels.cpu;

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
}
