package dev.tokamak.kernels.activation;

/// How a gate and an upward projection become one element of a gated feed-forward block. Immutable.
public enum GateFunction {
    /// SwiGLU: `silu(gate) * up`.
    SILU(ElementFunction.SILU, false),
    /// GeGLU with the hyperbolic tangent: `geluTanh(gate) * up`.
    GELU_TANH(ElementFunction.GELU_TANH, false),
    /// GeGLU: `gelu(gate) * up`.
    GELU_ERF(ElementFunction.GELU_ERF, false),
    /// ReGLU: `relu(gate) * up`.
    RELU(ElementFunction.RELU, false),
    /// `relu(gate)^2 * up`.
    RELU_SQUARED(ElementFunction.RELU_SQUARED, false),
    /// GLU: `sigmoid(gate) * up`.
    SIGMOID(ElementFunction.SIGMOID, false),
    /// The clamped SwiGLU of gpt-oss: with `g = min(gate, 7)` and `u = max(-7, min(up, 7))`,
    /// `(g / (1 + exp(-1.702 * g))) * (u + 1)`.
    OAI_SWIGLU(ElementFunction.QUICK_GELU, true);

    /// The bound of [#OAI_SWIGLU].
    static final float BOUND = 7f;

    private final ElementFunction curve;
    private final boolean bounded;

    GateFunction(ElementFunction curve, boolean bounded) {
        this.curve = curve;
        this.bounded = bounded;
    }

    /// What the gate goes through.
    ElementFunction curve() {
        return curve;
    }

    /// Whether inputs are clamped first and 1 is added to `up`.
    boolean bounded() {
        return bounded;
    }
}
