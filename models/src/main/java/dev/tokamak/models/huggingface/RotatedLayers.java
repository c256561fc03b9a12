package dev.tokamak.models.huggingface;

import java.util.List;

/// The layers of SmolLM 3 that rotate queries and keys. Stateless.
final class RotatedLayers {

    private static final String NAME = "no_rope_layers";
    private static final int USUAL_INTERVAL = 4;

    private RotatedLayers() {}

    /// Those for which the list has 1, which is the other way round than its name says; all but each n-th without a list.
    static boolean[] of(ConversionOutline outline) {
        ModelConfig config = outline.config;
        List<Double> said = config.numbers(NAME);
        config.requireForEachLayer(NAME, said.size(), outline.layerCount());
        long interval =
                Math.max(
                        1, config.optionalInteger("no_rope_layer_interval").orElse(USUAL_INTERVAL));
        boolean[] rotates = new boolean[Math.min(outline.layerCount(), TensorPlan.MOST_LAYERS)];
        for (int layer = 0; layer < rotates.length; layer++) {
            rotates[layer] = said.isEmpty() ? (layer + 1) % interval != 0 : said.get(layer) != 0;
        }
        return rotates;
    }

    /// Whether the layers are those that the architecture takes for granted.
    static boolean isUsual(boolean[] rotates) {
        for (int layer = 0; layer < rotates.length; layer++) {
            if (rotates[layer] != ((layer + 1) % USUAL_INTERVAL != 0)) {
                return false;
            }
        }
        return true;
    }
}
