package dev.tokamak.kernels.format;

/// The few integers that a weight of some types can be, before it is scaled; files hold their numbers, or something that
/// these are made from. Immutable.
///
/// A weight is `unit * factor * subScale * value(number)`, plus a minimum in `Q2_K`.
public enum Codebook {
    /// Q1_0.
    SIGNS(1f, -1, 1),
    /// TQ1_0, TQ2_0 and Q2_0; the first two make no use of the last.
    TERNARY(1f, -1, 0, 1, 2),
    /// Q2_K.
    UNSIGNED_2_BITS(1f, 0, 1, 2, 3),
    /// Q3_K.
    SIGNED_3_BITS(1f, -4, -3, -2, -1, 0, 1, 2, 3),
    /// IQ1_S and IQ1_M: eight times -1, 0 or 1, plus 1 or, from number 4 on, minus 1.
    TERNARY_EIGHTHS(0.125f, -7, 1, 9, 0, -9, -1, 7, 0),
    /// IQ2_XXS, IQ2_XS and IQ2_S: three magnitudes, negative from number 4 on.
    THREE_MAGNITUDES(0.125f, 8, 25, 43, 0, -8, -25, -43, 0),
    /// IQ3_XXS: eight magnitudes, negative from number 8 on.
    EIGHT_MAGNITUDES(0.25f, 4, 12, 20, 28, 36, 44, 52, 62, -4, -12, -20, -28, -36, -44, -52, -62),
    /// IQ3_S: eight odd magnitudes, negative from number 8 on.
    ODD_MAGNITUDES(1f, 1, 3, 5, 7, 9, 11, 13, 15, -1, -3, -5, -7, -9, -11, -13, -15),
    /// IQ4_NL and IQ4_XS.
    NON_LINEAR(1f, -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113),
    /// MXFP4 and NVFP4: floats of two exponent bits and one mantissa bit, doubled.
    FOUR_BIT_FLOATS(1f, 0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12);

    private final float unit;

    @SuppressWarnings("ImmutableEnumChecker") // never changed, never handed out
    private final int[] values;

    Codebook(float unit, int... values) {
        this.unit = unit;
        this.values = values;
    }

    /// What the products of factors, sub-scales and values are multiplied by, a power of two.
    public float unit() {
        return unit;
    }

    /// How many numbers there are, some of which may stand for 0 because no weight has them.
    public int size() {
        return values.length;
    }

    public int value(int number) {
        return values[number];
    }
}
