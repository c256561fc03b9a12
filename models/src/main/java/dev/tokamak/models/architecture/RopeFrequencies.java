package dev.tokamak.models.architecture;

import dev.tokamak.kernels.rope.RopeTable;
import dev.tokamak.kernels.rope.RopeTable.Pairing;
import dev.tokamak.models.gguf.ModelFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/// How fast each pair of a rotary embedding turns, with the model's scaling to longer contexts in it. Immutable.
/// Peng et al., "YaRN", 2023.
record RopeFrequencies(
        Pairing pairing, int rotatedDim, int contextTokens, Scaling scaling, Divisors divisors) {

    private static final double DEFAULT_BASE = 10_000;
    private static final double DEFAULT_BETA_FAST = 32;
    private static final double DEFAULT_BETA_SLOW = 1;

    /// A stretch of all positions by `factor`, which YaRN leaves out for the fast pairs.
    ///
    /// @param keptShare of pairs that turn fast, the share that is not stretched: 0 for linear scaling, usually 1 for YaRN
    /// @param magnitude factor of cosines and sines
    record Scaling(
            double base,
            double factor,
            double keptShare,
            double firstSlowPair,
            double lastFastPair,
            double magnitude) {}

    /// Which of a model's rotations is meant.
    enum Variant {
        /// That of most layers.
        USUAL,
        /// That of sliding layers with a base of their own, which are not stretched.
        SLIDING,
        /// That of layers which are not stretched, with the usual base unless the file says another for sliding layers.
        UNSTRETCHED,
        /// That of latent attention, whose files give ten times the logarithm's multiplier.
        LATENT
    }

    /// Where the file's own divisors of the frequencies are, if it has any (Llama 3.1 and later).
    ///
    /// @param longer those of sequences of more than `shortTokens` tokens, where they differ. Ding et al., "LongRoPE", 2024
    record Divisors(
            ModelFile file,
            Optional<VectorTensor> tensor,
            Optional<VectorTensor> longer,
            int shortTokens) {

        static Divisors none(ModelFile file) {
            return new Divisors(file, Optional.empty(), Optional.empty(), Integer.MAX_VALUE);
        }

        /// Takes the divisors that a file has. Files of Phi 3 do not name the scaling that they have divisors of.
        static Divisors take(
                Hyperparameters numbers,
                TensorDirectory tensors,
                int rotatedDim,
                int contextTokens) {
            ModelFile file = numbers.file();
            String usual =
                    tensors.contains("rope_freqs.weight")
                            ? "rope_freqs.weight"
                            : "rope_factors_short.weight";
            Optional<VectorTensor> tensor = tensors.optionalVector(usual, rotatedDim / 2);
            Optional<VectorTensor> longer =
                    tensors.optionalVector("rope_factors_long.weight", rotatedDim / 2);
            int shortTokens = originalTokens(numbers, contextTokens);
            return contextTokens > shortTokens && longer.isPresent()
                    ? new Divisors(file, tensor, longer, shortTokens)
                    : new Divisors(file, tensor, Optional.empty(), Integer.MAX_VALUE);
        }
    }

    static RopeFrequencies of(
            Hyperparameters hyperparameters,
            Pairing pairing,
            int rotatedDim,
            int contextTokens,
            Divisors divisors,
            Variant variant) {
        double base = hyperparameters.positive("rope.freq_base", DEFAULT_BASE);
        if (variant == Variant.SLIDING || variant == Variant.UNSTRETCHED) {
            double absent = variant == Variant.SLIDING ? DEFAULT_BASE : base;
            double own = hyperparameters.positive("rope.freq_base_swa", absent);
            return new RopeFrequencies(
                    pairing,
                    rotatedDim,
                    contextTokens,
                    new Scaling(own, 1, 0, 0, 0, 1),
                    Divisors.none(hyperparameters.file()));
        }
        double attentionFactor = hyperparameters.positive("rope.scaling.attn_factor", 1);
        String type = hyperparameters.string("rope.scaling.type").orElse("linear");
        Scaling scaling =
                switch (type) {
                    case "none" -> new Scaling(base, 1, 0, 0, 0, attentionFactor);
                    case "linear" ->
                            new Scaling(base, factor(hyperparameters), 0, 0, 0, attentionFactor);
                    case "yarn" ->
                            yarn(
                                    new YarnReading(hyperparameters, base, variant),
                                    attentionFactor,
                                    rotatedDim,
                                    contextTokens);
                    case "longrope" ->
                            new Scaling(
                                    base,
                                    1,
                                    0,
                                    0,
                                    0,
                                    longMagnitude(hyperparameters, contextTokens));
                    default ->
                            throw hyperparameters
                                    .file()
                                    .unsupported(
                                            "metadata '%s' is '%s', which is not supported; supported: none, linear, yarn, longrope"
                                                    .formatted(
                                                            hyperparameters.key(
                                                                    "rope.scaling.type"),
                                                            type));
                };
        return new RopeFrequencies(pairing, rotatedDim, contextTokens, scaling, divisors);
    }

    private static double longMagnitude(Hyperparameters hyperparameters, int contextTokens) {
        int original = originalTokens(hyperparameters, contextTokens);
        double factor = (double) contextTokens / original;
        double usual =
                factor <= 1 ? 1 : Math.sqrt(1 + StrictMath.log(factor) / StrictMath.log(original));
        return hyperparameters.positive("rope.scaling.attn_factor", usual);
    }

    private static int originalTokens(Hyperparameters hyperparameters, int contextTokens) {
        return hyperparameters.count(
                "rope.scaling.original_context_length",
                Hyperparameters.MAXIMUM_CONTEXT_TOKENS,
                contextTokens);
    }

    /// The table that the forward pass uses.
    RopeTable table() {
        RopeTable table =
                RopeTable.of(pairing, rotatedDim, frequencies(), scaling.magnitude, contextTokens);
        return divisors.longer.isEmpty()
                ? table
                : table.turningBeyond(divisors.shortTokens, frequencies(divisors.longer));
    }

    /// The angle by which each pair turns from one position to the next.
    double[] frequencies() {
        return frequencies(divisors.tensor);
    }

    private double[] frequencies(Optional<VectorTensor> tensor) {
        double[] divisorOfPair = readDivisors(tensor);
        double[] frequencies = new double[rotatedDim / 2];
        for (int pair = 0; pair < frequencies.length; pair++) {
            double plain =
                    StrictMath.pow(scaling.base, -2.0 * pair / rotatedDim) / divisorOfPair[pair];
            double stretched = plain / scaling.factor;
            double kept = scaling.keptShare * fastness(pair);
            frequencies[pair] = stretched * (1 - kept) + plain * kept;
        }
        return frequencies;
    }

    /// 1 for pairs that turn often within the original context, 0 for those that hardly turn, a ramp between.
    private double fastness(int pair) {
        double width = Math.max(0.001, scaling.lastFastPair - scaling.firstSlowPair);
        return 1 - Math.clamp((pair - scaling.firstSlowPair) / width, 0.0, 1.0);
    }

    private double[] readDivisors(Optional<VectorTensor> tensor) {
        double[] values = new double[rotatedDim / 2];
        Arrays.fill(values, 1);
        tensor.ifPresent(
                vector -> {
                    try (Arena mapping = Arena.ofConfined()) {
                        MemorySegment data = divisors.file.map(vector.tensor(), mapping);
                        for (int i = 0; i < values.length; i++) {
                            values[i] =
                                    requireDivisor(
                                            vector,
                                            FloatVectors.element(
                                                    data, vector.type(), vector.firstElement() + i),
                                            i);
                        }
                    }
                });
        return values;
    }

    private double requireDivisor(VectorTensor vector, float value, int index) {
        if (!(value > 0 && Float.isFinite(value))) {
            throw divisors.file.corrupt(
                    "element %d of tensor '%s' is %s, expected a finite number above 0"
                            .formatted(index, vector.tensor().name(), value));
        }
        return value;
    }

    private static double factor(Hyperparameters hyperparameters) {
        String name =
                hyperparameters.contains("rope.scaling.factor")
                        ? "rope.scaling.factor"
                        : "rope.scale_linear";
        double factor =
                hyperparameters.file().metadata().decimal(hyperparameters.key(name)).orElse(1);
        return factor == 0 ? 1 : hyperparameters.positive(name, 1);
    }

    private record YarnReading(Hyperparameters hyperparameters, double base, Variant variant) {}

    private static Scaling yarn(
            YarnReading reading, double attentionFactor, int rotatedDim, int contextTokens) {
        Hyperparameters hyperparameters = reading.hyperparameters;
        double base = reading.base;
        double factor = factor(hyperparameters);
        int originalTokens = originalTokens(hyperparameters, contextTokens);
        double fast = hyperparameters.positive("rope.scaling.yarn_beta_fast", DEFAULT_BETA_FAST);
        double slow = hyperparameters.positive("rope.scaling.yarn_beta_slow", DEFAULT_BETA_SLOW);
        double first = StrictMath.floor(pairTurning(fast, originalTokens, rotatedDim, base));
        double last = StrictMath.ceil(pairTurning(slow, originalTokens, rotatedDim, base));
        double multiplier = logMultiplier(hyperparameters, reading.variant);
        boolean cancelled = reading.variant == Variant.LATENT && multiplier != 1 && multiplier != 0;
        double usual = growth(factor, cancelled ? multiplier : 1) / growth(factor, multiplier);
        double magnitude =
                reading.variant == Variant.LATENT
                        ? usual
                        : hyperparameters.positive("rope.scaling.yarn_attn_factor", usual);
        return new Scaling(
                base,
                factor,
                1,
                Math.max(0, first),
                Math.min(rotatedDim - 1, last),
                attentionFactor * magnitude);
    }

    private static double logMultiplier(Hyperparameters hyperparameters, Variant variant) {
        double value = hyperparameters.arithmetic("rope.scaling.yarn_log_multiplier", 0);
        return variant == Variant.LATENT ? value * 10 : value;
    }

    /// How much longer vectors become when positions are stretched.
    private static double growth(double factor, double multiplier) {
        return 1 + 0.1 * multiplier * StrictMath.log(Math.max(1, factor));
    }

    /// What the scores of latent attention are multiplied with because positions are stretched.
    static double latentScoreFactor(Hyperparameters hyperparameters) {
        if (!hyperparameters.string("rope.scaling.type").orElse("").equals("yarn")) {
            return 1;
        }
        double growth =
                growth(factor(hyperparameters), logMultiplier(hyperparameters, Variant.LATENT));
        return growth * growth;
    }

    /// The pair, as a fraction, that turns this often within so many tokens.
    private static double pairTurning(double turns, int tokens, int rotatedDim, double base) {
        return rotatedDim
                * StrictMath.log(tokens / (turns * 2 * StrictMath.PI))
                / (2 * StrictMath.log(base));
    }
}
