package dev.tokamak.kernels.linear;

/// How linear layers compute. Part of the numerics fingerprint.
public enum Numerics {
    /// Quantised weights times activations quantised in blocks of 32: the same bits on every machine.
    EXACT,
    /// Dequantised weights times fp32 activations: slow, for verification against references.
    FLOAT32
}
