package dev.tokamak.models.huggingface;

import java.util.List;
import java.util.function.IntPredicate;

/// Puts which layers see a window of positions only. Stateless.
final class WindowMapping {

    private static final String SLIDING = "sliding_attention";
    private static final String FULL = "full_attention";

    private WindowMapping() {}

    static void map(ConversionOutline outline) {
        ModelConfig config = outline.config;
        List<String> types = config.strings("layer_types");
        if (!types.stream().allMatch(type -> type.equals(SLIDING) || type.equals(FULL))) {
            throw config.unsupported("layer_types");
        }
        config.requireForEachLayer("layer_types", types.size(), outline.layerCount());
        if (outline.knowsNoWindows()) {
            return;
        }
        long window = window(config, types);
        if (outline.windows().isEmpty()) {
            if (window > 0 && window < outline.contextTokens()) {
                throw config.unsupported("sliding_window");
            }
            return;
        }
        outline.put("attention.sliding_window", window);
        if (window > 0) {
            outline.metadata.put(
                    outline.key("attention.sliding_window_pattern"),
                    pattern(outline, types, outline.windows().get()));
        }
    }

    /// The window, 0 for none.
    private static long window(ModelConfig config, List<String> types) {
        boolean used = config.flag("use_sliding_window", true);
        long window = config.optionalInteger("sliding_window").orElse(0);
        if (used && window == 0 && types.contains(SLIDING)) {
            throw config.faults()
                    .corrupt(
                            "'layer_types' has layers with a window, but 'sliding_window' is missing");
        }
        return used ? window : 0;
    }

    private static boolean[] pattern(
            ConversionOutline outline, List<String> types, IntPredicate usual) {
        boolean[] slides = new boolean[Math.min(outline.layerCount(), TensorPlan.MOST_LAYERS)];
        for (int layer = 0; layer < slides.length; layer++) {
            slides[layer] = types.isEmpty() ? usual.test(layer) : types.get(layer).equals(SLIDING);
        }
        return slides;
    }
}
