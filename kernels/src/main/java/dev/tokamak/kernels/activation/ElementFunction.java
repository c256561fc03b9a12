package dev.tokamak.kernels.activation;

/// A function of one number that feed-forward blocks and routers apply to each element. NaN gives NaN. Immutable.
public enum ElementFunction {
    /// `x / (1 + exp(-x))`
    SILU,
    /// GELU with the hyperbolic tangent, `0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))`, computed as
    /// `x / (1 + exp(-z))` with `z = x * fma(x * x, 0x1.2444f2p-4, 0x1.988454p0)`, which is the same function. The error is at
    /// most `1.2e-7 * max(1, |x|)`.
    GELU_TANH,
    /// GELU, `(0.5 * x) * (1 + erf(x * 0x1.6a09e6p-1))`. The error is at most `1.2e-7 * max(1, |x|)`.
    GELU_ERF,
    /// GELU as CLIP has it, `x / (1 + exp(-1.702 * x))`.
    QUICK_GELU,
    /// 0 below 0, else x.
    RELU,
    /// The square of [#RELU].
    RELU_SQUARED,
    /// `1 / (1 + exp(-x))`
    SIGMOID,
    /// The hyperbolic tangent, within 1.5 ulp.
    TANH;

    static final float GELU_CUBIC = 0x1.2444f2p-4f;
    static final float GELU_LINEAR = 0x1.988454p0f;
    static final float ROOT_OF_HALF = 0x1.6a09e6p-1f;
    static final float QUICK_FACTOR = 1.702f;
}
