package dev.tokamak.models.huggingface;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;

/// Puts how positions rotate, and how that is stretched to longer contexts, from either form that configurations have.
/// Confined to one thread.
final class RopeMapping {

    private static final int SECTIONS = 4;
    private static final int MOST_HEAD_DIM = 1 << 13;

    /// A divisor with which a pair does not turn.
    private static final double STILL = 1e30;

    private final ConversionOutline outline;
    private final ModelConfig config;
    private final ModelConfig full;
    private final Optional<ModelConfig> sliding;

    RopeMapping(ConversionOutline outline) {
        this.outline = outline;
        this.config = outline.config;
        ModelConfig all =
                config.object("rope_scaling")
                        .filter(scaling -> !scaling.node().isEmpty())
                        .or(() -> config.object("rope_parameters"))
                        .orElseGet(
                                () ->
                                        new ModelConfig(
                                                JsonNodeFactory.instance.objectNode(),
                                                config.faults()));
        this.full = all.object("full_attention").orElse(all);
        this.sliding = all.object("sliding_attention");
    }

    void map() {
        outline.put("rope.freq_base", base());
        config.decimal("rope_local_base_freq")
                .ifPresent(base -> outline.put("rope.freq_base_swa", base));
        sliding.ifPresent(this::mapSliding);
        int rotated = (int) requireHeadDim(config, rotatedDim());
        outline.put("rope.dimension_count", rotated);
        sections();
        String type = type(full);
        switch (type) {
            // Stretched only beyond the context, which no sequence is.
            case "default", "dynamic" -> {}
            case "dynamic by alpha" -> outline.put("rope.freq_base", alphaBase());
            case "linear" -> outline.metadata.put(outline.key("rope.scaling.type"), "linear");
            case "llama3" -> outline.extraTensor(divisors(llama3(rotated)));
            case "proportional" -> outline.extraTensor(divisors(proportional()));
            case "yarn" -> yarn(rotated);
            case "longrope", "su" -> longRope(rotated);
            default ->
                    throw config.faults()
                            .unsupported(
                                    "rotary scaling '%s' is not supported; supported: default, linear, dynamic, llama3, yarn, longrope, proportional"
                                            .formatted(Faults.shown(type)));
        }
        if (type.equals("linear")) {
            outline.put("rope.scaling.factor", factor());
        }
    }

    private void mapSliding(ModelConfig parameters) {
        if (!type(parameters).equals("default")) {
            throw config.faults()
                    .unsupported(
                            "layers with a window have rotary scaling '%s', which is not supported"
                                    .formatted(Faults.shown(type(parameters))));
        }
        parameters.decimal("rope_theta").ifPresent(base -> outline.put("rope.freq_base_swa", base));
    }

    /// The pairs that turn by time, height and width.
    private void sections() {
        if (!full.has("mrope_section")) {
            return;
        }
        List<Double> pairs = full.numbers("mrope_section");
        if (!outline.hasPositionsOfText() || pairs.size() > SECTIONS) {
            throw full.unsupported("mrope_section");
        }
        int[] sections = new int[SECTIONS];
        for (int i = 0; i < pairs.size(); i++) {
            sections[i] = pairs.get(i).intValue();
        }
        outline.metadata.put(outline.key("rope.dimension_sections"), sections);
    }

    /// Refuses a head of a size that no model has, before anything is made for each of its elements.
    static long requireHeadDim(ModelConfig config, long dim) {
        if (dim > MOST_HEAD_DIM) {
            throw config.faults()
                    .corrupt(
                            "a head of %d elements, the limit is %d".formatted(dim, MOST_HEAD_DIM));
        }
        return dim;
    }

    /// The base for longer contexts, by which alone Hunyuan stretches. bloc97, "NTK-aware scaled RoPE", 2023.
    private double alphaBase() {
        double alpha = requirePositive("alpha", full.decimal("alpha").orElse(1));
        double dim = outline.headDim();
        return base() * StrictMath.pow(alpha, dim / Math.max(1, dim - 2));
    }

    private static String type(ModelConfig parameters) {
        String type = parameters.string("rope_type", "type").orElse("default");
        return switch (type) {
            // Its sections are checked apart.
            case "mrope" -> "default";
            case "dynamic" -> parameters.has("alpha") ? "dynamic by alpha" : type;
            // What the first folders of Phi 3 call it.
            case "yarn" -> parameters.has("long_factor") ? "longrope" : type;
            default -> type;
        };
    }

    private double base() {
        return full.decimal("rope_theta")
                .orElse(
                        config.decimal("rope_theta", "rotary_emb_base")
                                .orElse(outline.rotaryBase()));
    }

    private int rotatedDim() {
        if (outline.isLatent()) {
            return (int) config.integer("qk_rope_head_dim");
        }
        if (outline.isRotatedWhole()) {
            return (int) outline.headDim();
        }
        double share =
                full.decimal("partial_rotary_factor")
                        .orElse(
                                config.decimal("partial_rotary_factor", "rope_pct", "rotary_pct")
                                        .orElse(outline.rotatedShare()));
        return (int) (outline.headDim() * Math.clamp(share, 0, 1));
    }

    private double factor() {
        return factor((double) outline.contextTokens() / originalTokens());
    }

    private double factor(double absent) {
        return requirePositive("factor", full.decimal("factor").orElse(absent));
    }

    private double originalTokens() {
        String name = "original_max_position_embeddings";
        return requirePositive(
                name,
                config.decimal(name)
                        .orElse(full.decimal(name).orElse((double) outline.contextTokens())));
    }

    private double requirePositive(String name, double value) {
        if (!(value > 0 && Double.isFinite(value))) {
            throw config.faults()
                    .corrupt("'%s' is %s, expected a number above 0".formatted(name, value));
        }
        return value;
    }

    private ConstantTensor divisors(double[] values) {
        List<Float> divisors = new ArrayList<>();
        for (double value : values) {
            divisors.add((float) value);
        }
        return new ConstantTensor("rope_freqs.weight", divisors);
    }

    /// Slow pairs are stretched, fast ones are not, those between partly (Llama 3.1).
    private double[] llama3(int rotated) {
        double factor = requirePositive("factor", full.decimal("factor").orElse(8));
        double low = full.decimal("low_freq_factor").orElse(1);
        double high = full.decimal("high_freq_factor").orElse(4);
        double original = originalTokens();
        double[] divisors = new double[rotated / 2];
        for (int pair = 0; pair < divisors.length; pair++) {
            double frequency = StrictMath.pow(base(), -2.0 * pair / rotated);
            double waveTokens = 2 * Math.PI / frequency;
            double smooth = (original / waveTokens - low) / (high - low);
            if (waveTokens < original / high) {
                divisors[pair] = 1;
            } else if (waveTokens > original / low) {
                divisors[pair] = factor;
            } else {
                divisors[pair] = 1 / ((1 - smooth) / factor + smooth);
            }
        }
        return divisors;
    }

    /// The first pairs of a head turn, as fast as if all did.
    private double[] proportional() {
        double share = full.decimal("partial_rotary_factor").orElse(1);
        int dim = (int) requireHeadDim(config, outline.fullHeadDim());
        double[] divisors = new double[dim / 2];
        int turning = (int) (dim * Math.clamp(share, 0, 1) / 2);
        Arrays.fill(divisors, 0, turning, factor(1));
        Arrays.fill(divisors, turning, divisors.length, STILL);
        return divisors;
    }

    private void yarn(int rotated) {
        double factor = factor();
        double magnitude = yarnMagnitude(factor);
        if (!full.flag("truncate", true)) {
            outline.extraTensor(divisors(yarnDivisors(rotated, factor)));
            outline.put("rope.scaling.attn_factor", magnitude);
            return;
        }
        outline.metadata.put(outline.key("rope.scaling.type"), "yarn");
        outline.put("rope.scaling.factor", factor)
                .put("rope.scaling.original_context_length", (long) originalTokens());
        full.decimal("beta_fast")
                .ifPresent(value -> outline.put("rope.scaling.yarn_beta_fast", value));
        full.decimal("beta_slow")
                .ifPresent(value -> outline.put("rope.scaling.yarn_beta_slow", value));
        double usual = growth(factor, 1);
        if (outline.isLatent()) {
            double all = full.decimal("mscale_all_dim").orElse(0);
            if (all != 0) {
                outline.put("rope.scaling.yarn_log_multiplier", 0.1 * all);
                usual = 1;
            }
        }
        if (magnitude != usual) {
            outline.put("rope.scaling.attn_factor", magnitude / usual);
        }
    }

    private double yarnMagnitude(double factor) {
        double plain = full.decimal("mscale").orElse(0);
        double all = full.decimal("mscale_all_dim").orElse(0);
        double usual =
                plain != 0 && all != 0
                        ? growth(factor, plain) / growth(factor, all)
                        : growth(factor, 1);
        return requirePositive("attention_factor", full.decimal("attention_factor").orElse(usual));
    }

    private static double growth(double factor, double multiplier) {
        return factor <= 1 ? 1 : 1 + 0.1 * multiplier * StrictMath.log(factor);
    }

    /// YaRN whose ramp from fast to slow pairs begins and ends between two pairs, which GGUF can only say as divisors.
    private double[] yarnDivisors(int rotated, double factor) {
        double first = Math.max(0, pairTurning(full.decimal("beta_fast").orElse(32), rotated));
        double last =
                Math.min(rotated - 1, pairTurning(full.decimal("beta_slow").orElse(1), rotated));
        double width = Math.max(0.001, last - first);
        double[] divisors = new double[rotated / 2];
        for (int pair = 0; pair < divisors.length; pair++) {
            double stretched = Math.clamp((pair - first) / width, 0.0, 1.0);
            divisors[pair] = 1 / (stretched / factor + 1 - stretched);
        }
        return divisors;
    }

    private double pairTurning(double turns, int rotated) {
        return rotated
                * StrictMath.log(originalTokens() / (turns * 2 * Math.PI))
                / (2 * StrictMath.log(base()));
    }

    private void longRope(int rotated) {
        outline.metadata.put(outline.key("rope.scaling.type"), "longrope");
        outline.put("rope.scaling.original_context_length", (long) originalTokens());
        outline.extraTensor(factors("short_factor", "rope_factors_short.weight", rotated))
                .extraTensor(factors("long_factor", "rope_factors_long.weight", rotated));
        double factor = factor();
        double usual =
                factor <= 1
                        ? 1
                        : Math.sqrt(1 + StrictMath.log(factor) / StrictMath.log(originalTokens()));
        double magnitude = full.decimal("attention_factor").orElse(usual);
        outline.put("rope.scaling.attn_factor", requirePositive("attention_factor", magnitude));
    }

    private ConstantTensor factors(String name, String tensor, int rotated) {
        List<Float> factors = full.numbers(name).stream().map(Double::floatValue).toList();
        if (factors.size() != rotated / 2) {
            throw config.faults()
                    .corrupt(
                            "'%s' has %d elements, expected %d"
                                    .formatted(name, factors.size(), rotated / 2));
        }
        return new ConstantTensor(tensor, factors);
    }
}
