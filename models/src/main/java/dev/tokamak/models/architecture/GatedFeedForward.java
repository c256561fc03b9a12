package dev.tokamak.models.architecture;

/// `down(silu(gate(x)) * up(x))`. Immutable. Shazeer, "GLU variants improve transformer", 2020.
public record GatedFeedForward(Projection gate, Projection up, Projection down) {}
