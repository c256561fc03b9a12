package dev.tokamak.kernels.arithmetic;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// What the Vector API twins share: the species and the curves in lanes. Loaded only where the module
/// `jdk.incubator.vector` is present. Immutable.
public final class Lanes {

    /// The widest fp32 species that the machine prefers, of 4 to 16 lanes, so that it divides the stride of sums.
    public static final VectorSpecies<Float> SPECIES =
            switch (FloatVector.SPECIES_PREFERRED.length()) {
                case 1, 2, 4 -> FloatVector.SPECIES_128;
                case 8 -> FloatVector.SPECIES_256;
                default -> FloatVector.SPECIES_512;
            };

    /// Lanes of [#SPECIES].
    public static final int COUNT = SPECIES.length();

    /// The byte order of fp32 rows.
    public static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private static final FloatVector ROUNDER = FloatVector.broadcast(SPECIES, Exponential.ROUNDER);
    private static final FloatVector C7 = FloatVector.broadcast(SPECIES, Exponential.C7);
    private static final FloatVector C6 = FloatVector.broadcast(SPECIES, Exponential.C6);
    private static final FloatVector C5 = FloatVector.broadcast(SPECIES, Exponential.C5);
    private static final FloatVector C4 = FloatVector.broadcast(SPECIES, Exponential.C4);
    private static final FloatVector C3 = FloatVector.broadcast(SPECIES, Exponential.C3);
    private static final FloatVector C2 = FloatVector.broadcast(SPECIES, Exponential.C2);
    private static final FloatVector LOG2_E = FloatVector.broadcast(SPECIES, Exponential.LOG2_E);
    private static final FloatVector MINUS_LN2_HIGH =
            FloatVector.broadcast(SPECIES, -Exponential.LN2_HIGH);
    private static final FloatVector MINUS_LN2_LOW =
            FloatVector.broadcast(SPECIES, -Exponential.LN2_LOW);

    private static final int SIGN = 0x80000000;
    private static final FloatVector ONE = FloatVector.broadcast(SPECIES, 1f);
    private static final FloatVector TWO = FloatVector.broadcast(SPECIES, 2f);
    private static final FloatVector T9 = FloatVector.broadcast(SPECIES, HyperbolicTangent.C9);
    private static final FloatVector T7 = FloatVector.broadcast(SPECIES, HyperbolicTangent.C7);
    private static final FloatVector T5 = FloatVector.broadcast(SPECIES, HyperbolicTangent.C5);
    private static final FloatVector T3 = FloatVector.broadcast(SPECIES, HyperbolicTangent.C3);
    private static final FloatVector E11 = FloatVector.broadcast(SPECIES, ErrorFunction.C11);
    private static final FloatVector E9 = FloatVector.broadcast(SPECIES, ErrorFunction.C9);
    private static final FloatVector E7 = FloatVector.broadcast(SPECIES, ErrorFunction.C7);
    private static final FloatVector E5 = FloatVector.broadcast(SPECIES, ErrorFunction.C5);
    private static final FloatVector E3 = FloatVector.broadcast(SPECIES, ErrorFunction.C3);
    private static final FloatVector E1_MINUS_1 =
            FloatVector.broadcast(SPECIES, ErrorFunction.C1_MINUS_1);
    private static final FloatVector P7 = FloatVector.broadcast(SPECIES, ErrorFunction.P7);
    private static final FloatVector P6 = FloatVector.broadcast(SPECIES, ErrorFunction.P6);
    private static final FloatVector P5 = FloatVector.broadcast(SPECIES, ErrorFunction.P5);
    private static final FloatVector P4 = FloatVector.broadcast(SPECIES, ErrorFunction.P4);
    private static final FloatVector P3 = FloatVector.broadcast(SPECIES, ErrorFunction.P3);
    private static final FloatVector P2 = FloatVector.broadcast(SPECIES, ErrorFunction.P2);
    private static final FloatVector P1_PLUS_1 =
            FloatVector.broadcast(SPECIES, ErrorFunction.P1_PLUS_1);

    private static final VectorShuffle<Float> SHIFT_8 = shift(8);
    private static final VectorShuffle<Float> SHIFT_4 = shift(4);
    private static final VectorShuffle<Float> SHIFT_2 = shift(2);
    private static final VectorShuffle<Float> SHIFT_1 = shift(1);

    private Lanes() {}

    private static VectorShuffle<Float> shift(int lanes) {
        return VectorShuffle.fromOp(SPECIES, lane -> (lane + lanes) % COUNT);
    }

    /// The end of the halving tree of [StridedSum], from as many sums as there are lanes.
    public static float halve(FloatVector sums) {
        FloatVector halved = sums;
        if (COUNT > 8) {
            halved = halved.add(halved.rearrange(SHIFT_8));
        }
        if (COUNT > 4) {
            halved = halved.add(halved.rearrange(SHIFT_4));
        }
        halved = halved.add(halved.rearrange(SHIFT_2));
        return halved.add(halved.rearrange(SHIFT_1)).lane(0);
    }

    /// [Exponential#exp] of each lane.
    public static FloatVector exp(FloatVector x) {
        FloatVector rounded = x.fma(LOG2_E, ROUNDER);
        FloatVector n = rounded.sub(ROUNDER);
        FloatVector r = n.fma(MINUS_LN2_LOW, n.fma(MINUS_LN2_HIGH, x));
        FloatVector q = r.fma(C7, C6);
        q = q.fma(r, C5);
        q = q.fma(r, C4);
        q = q.fma(r, C3);
        q = q.fma(r, C2);
        FloatVector y = q.fma(r.mul(r), r).add(1f);
        FloatVector power =
                rounded.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHL, Exponential.MANTISSA_BITS)
                        .add(Exponential.ONE_BITS)
                        .reinterpretAsFloats();
        return y.mul(power)
                .blend(0f, x.compare(VectorOperators.LT, Exponential.LOWEST))
                .blend(Float.POSITIVE_INFINITY, x.compare(VectorOperators.GT, Exponential.HIGHEST));
    }

    /// [HyperbolicTangent#tanh] of each lane.
    public static FloatVector tanh(FloatVector x) {
        FloatVector t = x.abs();
        FloatVector s = t.mul(t);
        FloatVector q = s.fma(T9, T7);
        q = q.fma(s, T5);
        q = q.fma(s, T3);
        FloatVector small = q.mul(s).fma(t, t);
        FloatVector large = ONE.sub(TWO.div(exp(t.add(t)).add(ONE)));
        return small.blend(large, t.compare(VectorOperators.GT, HyperbolicTangent.POLYNOMIAL_END))
                .reinterpretAsInts()
                .or(x.reinterpretAsInts().and(SIGN))
                .reinterpretAsFloats();
    }

    /// [ErrorFunction#onePlusErf] of each lane.
    public static FloatVector onePlusErf(FloatVector x) {
        FloatVector t = x.abs();
        FloatVector s = t.mul(t);
        FloatVector p = t.fma(P7, P6).fma(s, t.fma(P5, P4));
        p = p.fma(t, P3);
        p = p.fma(t, P2);
        p = p.fma(t, P1_PLUS_1);
        FloatVector rest = exp(p.fma(t, t.neg()));
        FloatVector large = TWO.sub(rest).blend(rest, x.compare(VectorOperators.LT, 0f));
        FloatVector q = s.fma(E11, E9);
        q = q.fma(s, E7);
        q = q.fma(s, E5);
        q = q.fma(s, E3);
        q = q.fma(s, E1_MINUS_1);
        FloatVector small = q.fma(x, x).add(ONE);
        return small.blend(large, t.compare(VectorOperators.GT, ErrorFunction.POLYNOMIAL_END));
    }
}
