package dev.tokamak.models.huggingface;

import java.util.List;
import java.util.OptionalInt;

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
        if (!types.isEmpty() && types.size() < outline.layerCount()) {
            throw config.faults()
                    .corrupt(
                            "'layer_types' has %d elements, expected one for each of %d layers"
                                    .formatted(types.size(), outline.layerCount()));
        }
        long window = window(config, types);
        OptionalInt period = outline.windowPeriod();
        if (period.isEmpty()) {
            if (window > 0 && window < outline.contextTokens()) {
                throw config.unsupported("sliding_window");
            }
            return;
        }
        outline.put("attention.sliding_window", window);
        if (window > 0) {
            outline.metadata.put(
                    outline.key("attention.sliding_window_pattern"),
                    pattern(outline, types, period.getAsInt()));
        }
    }

    /// The window, 0 for none.
    private static long window(ModelConfig config, List<String> types) {
        boolean used = config.flag("use_sliding_window", true);
        boolean slides = types.isEmpty() || types.contains(SLIDING);
        long window = config.optionalInteger("sliding_window").orElse(0);
        if (used && window == 0 && types.contains(SLIDING)) {
            throw config.faults()
                    .corrupt(
                            "'layer_types' has layers with a window, but 'sliding_window' is missing");
        }
        return used && slides ? window : 0;
    }

    private static boolean[] pattern(ConversionOutline outline, List<String> types, int usual) {
        boolean[] slides = new boolean[Math.min(outline.layerCount(), 1 << 12)];
        ModelConfig config = outline.config;
        String letters =
                config.node().path("sliding_window_pattern").isString()
                        ? config.string("sliding_window_pattern").orElse("")
                        : "";
        long period =
                letters.isEmpty()
                        ? config.optionalInteger(
                                        "sliding_window_pattern", "_sliding_window_pattern")
                                .orElse(usual)
                        : 0;
        for (int layer = 0; layer < slides.length; layer++) {
            if (!types.isEmpty()) {
                slides[layer] = types.get(layer).equals(SLIDING);
            } else if (!letters.isEmpty()) {
                slides[layer] = letters.charAt(layer % letters.length()) == 'L';
            } else {
                slides[layer] = period == 0 || (layer + 1) % period != 0;
            }
        }
        return slides;
    }
}
