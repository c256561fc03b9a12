package dev.tokamak.models.convert;

import dev.tokamak.models.gguf.GgufValue;
import dev.tokamak.models.gguf.Metadata;
import java.util.Map;
import java.util.Optional;

/// What the choice of tensor types needs to know of a network. Immutable.
///
/// @param queriesPerKey query heads that share a key head, 0 when unknown
record NetworkShape(String architecture, int layers, int experts, int queriesPerKey) {

    private static final int MOST_LAYERS = 1 << 16;
    private static final int MOST_EXPERTS = 1 << 20;
    private static final int MOST_HEADS = 1 << 20;

    /// The layers of those networks whose values one matrix an eighth of the usual size produces.
    private static final Map<String, Integer> SEVENTY_BILLION =
            Map.of("llama", 80, "qwen2", 80, "olmo", 80, "deci", 80, "jais2", 68);

    static NetworkShape of(Metadata metadata) {
        String architecture = metadata.string("general.architecture").orElse("");
        int layers = bounded(metadata, architecture + ".block_count", MOST_LAYERS).orElse(0);
        int experts = bounded(metadata, architecture + ".expert_count", MOST_EXPERTS).orElse(0);
        int heads = first(metadata, architecture + ".attention.head_count").orElse(0);
        int keyHeads = first(metadata, architecture + ".attention.head_count_kv").orElse(heads);
        return new NetworkShape(
                architecture, layers, experts, keyHeads == 0 ? 0 : heads / keyHeads);
    }

    /// Whether llama.cpp counts it as a 70B model, whose value matrices get more bits.
    boolean isSeventyBillion() {
        boolean shared = queriesPerKey != 1 || !architecture.equals("llama");
        return shared && layers == SEVENTY_BILLION.getOrDefault(architecture, -1);
    }

    private static Optional<Integer> bounded(Metadata metadata, String key, int limit) {
        return metadata.integer(key, 0, limit).stream().mapToObj(value -> (int) value).findFirst();
    }

    /// A number that may differ from layer to layer: that of the first.
    private static Optional<Integer> first(Metadata metadata, String key) {
        if (metadata.value(key).orElse(null) instanceof GgufValue.Items) {
            int[] perLayer = metadata.integers(key);
            return perLayer.length == 0 ? Optional.empty() : Optional.of(perLayer[0]);
        }
        return bounded(metadata, key, MOST_HEADS);
    }
}
