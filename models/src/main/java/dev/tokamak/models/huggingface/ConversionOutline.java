package dev.tokamak.models.huggingface;

import dev.tokamak.models.gguf.MetadataMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.IntPredicate;

/// How a folder of one family becomes GGUF, said step by step; what is not said is as with Llama. Confined to one thread.
final class ConversionOutline {

    /* Names on the left are those of the tensors in a layer, `*` for a number; names on the right are GGUF's. */
    private static final Map<String, String> USUAL_MODULES =
            Map.ofEntries(
                    Map.entry("input_layernorm", "attn_norm"),
                    Map.entry("self_attn.q_proj", "attn_q"),
                    Map.entry("self_attn.k_proj", "attn_k"),
                    Map.entry("self_attn.v_proj", "attn_v"),
                    Map.entry("self_attn.qkv_proj", "attn_qkv"),
                    Map.entry("self_attn.o_proj", "attn_output"),
                    Map.entry("self_attn.q_norm", "attn_q_norm"),
                    Map.entry("self_attn.k_norm", "attn_k_norm"),
                    Map.entry("post_attention_layernorm", "ffn_norm"),
                    Map.entry("mlp.gate_proj", "ffn_gate"),
                    Map.entry("mlp.up_proj", "ffn_up"),
                    Map.entry("mlp.gate_up_proj", "ffn_up"),
                    Map.entry("mlp.down_proj", "ffn_down"),
                    Map.entry("mlp.gate", "ffn_gate_inp"),
                    Map.entry("mlp.experts.*.gate_proj", "ffn_gate_exps"),
                    Map.entry("mlp.experts.*.up_proj", "ffn_up_exps"),
                    Map.entry("mlp.experts.*.down_proj", "ffn_down_exps"),
                    Map.entry("mlp.experts.gate_up_proj", "ffn_gate_up_exps"),
                    Map.entry("mlp.experts.down_proj", "ffn_down_exps"));

    private static final Map<String, String> USUAL_ENDS =
            Map.of("embed_tokens", "token_embd", "norm", "output_norm", "lm_head", "output");

    final ModelConfig config;
    final String architecture;
    final MetadataMap metadata;

    private final Map<String, Placement> modules = new HashMap<>();
    private final Map<String, Placement> ends = new HashMap<>();
    private final Map<String, SourceTensor> extraTensors = new LinkedHashMap<>();
    private final List<String> ignoredParts = new ArrayList<>(List.of("rotary_emb.inv_freq"));
    private float addedToNorms;
    private List<String> activations = List.of("silu", "swish");
    private Optional<IntPredicate> windows = Optional.empty();
    private boolean seesEverything;
    private double rotaryBase = 10_000;
    private double rotatedShare = 1;
    private boolean wholeHeads;
    private boolean latent;
    private boolean bidirectional;
    private boolean headless;
    private boolean windowNamed;
    private OptionalLong contextTokens = OptionalLong.empty();
    private boolean positionsOfText;
    private OptionalLong fullHeadDim = OptionalLong.empty();
    private final List<Runnable> last = new ArrayList<>();

    ConversionOutline(ModelConfig config, String architecture, MetadataMap metadata) {
        this.config = config;
        this.architecture = architecture;
        this.metadata = metadata;
        USUAL_MODULES.forEach((from, to) -> modules.put(from, Placement.as(to)));
        USUAL_ENDS.forEach((from, to) -> ends.put(from, Placement.as(to)));
    }

    /// The key of a number of this architecture.
    String key(String name) {
        return architecture + "." + name;
    }

    ConversionOutline put(String name, long value) {
        metadata.put(key(name), value);
        return this;
    }

    ConversionOutline put(String name, double value) {
        metadata.put(key(name), value);
        return this;
    }

    /// Puts a number of the configuration, if it has it.
    ConversionOutline decimal(String name, String... from) {
        config.decimal(from).ifPresent(value -> put(name, value));
        return this;
    }

    /// Puts a whole number of the configuration, if it has it.
    ConversionOutline integer(String name, String... from) {
        config.optionalInteger(from).ifPresent(value -> put(name, value));
        return this;
    }

    ConversionOutline module(String from, String to) {
        return module(from, Placement.as(to));
    }

    ConversionOutline module(String from, Placement placement) {
        modules.put(from, placement);
        return this;
    }

    /// A module beside the layers.
    ConversionOutline end(String from, String to) {
        return end(from, Placement.as(to));
    }

    ConversionOutline end(String from, Placement placement) {
        ends.put(from, placement);
        return this;
    }

    /// Every position sees those after it too, and there is no head of a language model.
    ConversionOutline bidirectional() {
        bidirectional = true;
        metadata.put(key("attention.causal"), false);
        return headless();
    }

    /// The folder holds no head of a language model, whatever its configuration says.
    ConversionOutline headless() {
        headless = true;
        return this;
    }

    /// The longest text, where that is not what the configuration says.
    ConversionOutline contextTokens(long tokens) {
        contextTokens = OptionalLong.of(tokens);
        return this;
    }

    /// These layers see a window as wide as the configuration says under this name.
    ConversionOutline windowInLayers(String name, boolean[] layers) {
        windowNamed = true;
        metadata.put(key("attention.sliding_window_pattern"), layers);
        return put("attention.sliding_window", config.integer(name));
    }

    /// Rotary pairs lie half a head apart in the folder, side by side in GGUF.
    ConversionOutline pairsSideBySide() {
        return module("self_attn.q_proj", Placement.pairs("attn_q"))
                .module("self_attn.k_proj", Placement.pairs("attn_k"));
    }

    /// The folder's norms hold what is more than 1.
    ConversionOutline normsAboveOne() {
        addedToNorms = 1;
        return this;
    }

    ConversionOutline activations(String... names) {
        activations = List.of(names);
        return this;
    }

    /// The reference knows no windows: a configuration that names one is computed without.
    ConversionOutline seesEverything() {
        seesEverything = true;
        return this;
    }

    /// All layers see the window, if there is one.
    ConversionOutline windowInAllLayers() {
        return windowIn(_ -> true);
    }

    /// These layers see the window, if there is one, unless the configuration says which.
    ConversionOutline windowIn(IntPredicate layers) {
        windows = Optional.of(layers);
        seesEverything = false;
        return this;
    }

    /// All layers but each n-th see the window, unless the configuration says which or has another n.
    ConversionOutline windowInAllBut(int n) {
        return windowIn(new WindowPattern(config, n));
    }

    /// The base of rotations when the configuration has none.
    ConversionOutline rotaryBase(double base) {
        rotaryBase = base;
        return this;
    }

    /// The share of a head that rotates when the configuration has none.
    ConversionOutline rotatedShare(double share) {
        rotatedShare = share;
        return this;
    }

    /// Pairs turn by time, height and width, which are the same for text.
    ConversionOutline positionsOfText() {
        positionsOfText = true;
        return this;
    }

    /// Layers that see everything have heads of this size.
    ConversionOutline fullHeadDim(long dim) {
        fullHeadDim = OptionalLong.of(dim);
        return this;
    }

    /// Puts what takes the place of what is usual.
    ConversionOutline last(Runnable change) {
        last.add(change);
        return this;
    }

    /// The reference rotates whole heads, whatever the configuration says.
    ConversionOutline rotatesWholeHeads() {
        wholeHeads = true;
        return this;
    }

    boolean isRotatedWhole() {
        return wholeHeads;
    }

    ConversionOutline latentAttention() {
        latent = true;
        return this;
    }

    /// Passes over tensors whose names have this part.
    ConversionOutline ignoring(String part) {
        ignoredParts.add(part);
        return this;
    }

    ConversionOutline extraTensor(SourceTensor tensor) {
        extraTensors.put(tensor.name(), tensor);
        return this;
    }

    /// Refuses a configuration in which a value is there and another than this.
    ConversionOutline requireFlag(String name, boolean value) {
        if (config.flag(name, value) != value) {
            throw config.unsupported(name);
        }
        return this;
    }

    ConversionOutline requireInteger(String name, long value) {
        if (config.optionalInteger(name).orElse(value) != value) {
            throw config.unsupported(name);
        }
        return this;
    }

    ConversionOutline refuse(String name) {
        if (config.has(name)) {
            throw config.unsupported(name);
        }
        return this;
    }

    int layerCount() {
        return (int) config.integer("num_hidden_layers", "num_layers", "n_layer");
    }

    long headCount() {
        return config.integer("num_attention_heads", "n_head");
    }

    long hidden() {
        return config.integer("hidden_size", "n_embd");
    }

    /// The size of a head; 0 when it cannot be told.
    long headDim() {
        long heads = headCount();
        return config.optionalInteger("head_dim").orElse(heads == 0 ? 0 : hidden() / heads);
    }

    long contextTokens() {
        return contextTokens.orElseGet(
                () -> config.integer("max_position_embeddings", "n_positions", "seq_length"));
    }

    boolean saysTied() {
        return config.flag("tie_word_embeddings", false);
    }

    boolean saysUntied() {
        return !config.flag("tie_word_embeddings", true);
    }

    boolean ignores(String tensor) {
        return ignoredParts.stream().anyMatch(tensor::contains);
    }

    Map<String, Placement> modules() {
        return modules;
    }

    Map<String, Placement> ends() {
        return ends;
    }

    Map<String, SourceTensor> extraTensors() {
        return extraTensors;
    }

    float addedToNorms() {
        return addedToNorms;
    }

    List<String> activations() {
        return activations;
    }

    /// Which layers see the window; empty when the family has no windows.
    Optional<IntPredicate> windows() {
        return windows;
    }

    boolean knowsNoWindows() {
        return seesEverything;
    }

    double rotaryBase() {
        return rotaryBase;
    }

    double rotatedShare() {
        return rotatedShare;
    }

    boolean isBidirectional() {
        return bidirectional;
    }

    boolean isHeadless() {
        return headless;
    }

    /// Whether the family has said which layers see a window.
    boolean isWindowNamed() {
        return windowNamed;
    }

    /// The size of a head of layers that see everything.
    long fullHeadDim() {
        return fullHeadDim.orElse(headDim());
    }

    boolean hasPositionsOfText() {
        return positionsOfText;
    }

    List<Runnable> last() {
        return last;
    }

    boolean isLatent() {
        return latent;
    }
}
