package dev.tokamak.models.convert;

import dev.tokamak.kernels.quantize.TargetType;
import dev.tokamak.models.gguf.GgufTensor;
import dev.tokamak.models.gguf.ModelFile;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Chooses the type of each tensor of a mixture. Tensors come in the order of their layers, since some choices depend on
/// how many of a role came before. Confined to one thread.
final class TypeChoice {

    /* The rules are llama.cpp's (llama_tensor_get_type), so that a mixture means the same here and there. Where it keeps a
     * counter although the layer stands in the name, so do we: the counts differ when a role has several tensors a layer. */

    private static final Pattern LAYER = Pattern.compile("^blk\\.(\\d{1,9})\\.");
    private static final int EXPERTS_OF_MIXTRAL = 8;
    private static final int SHARED_BY_MANY = 4;

    private final ModelFile source;
    private final NetworkShape shape;
    private final Preset preset;
    private final List<TensorOverride> overrides;
    private final boolean weighted;
    private final boolean tied;
    private final int valueCount;
    private int valuesSeen;
    private int downsSeen;

    TypeChoice(ModelFile source, ConversionOptions options) {
        this.source = source;
        this.shape = NetworkShape.of(source.metadata());
        this.preset = options.preset();
        this.overrides = options.overrides();
        this.weighted = options.importance().isPresent();
        this.tied = source.tensor("output.weight").isEmpty();
        this.valueCount =
                (int)
                        source.tensors().stream()
                                .filter(
                                        tensor ->
                                                TensorRole.of(tensor.name())
                                                        == TensorRole.ATTENTION_VALUE)
                                .count();
    }

    /// The layer in a tensor's name, or -1.
    static int layer(String name) {
        Matcher matcher = LAYER.matcher(name);
        return matcher.find() ? Integer.parseInt(matcher.group(1)) : -1;
    }

    /// The type for a tensor that may be quantised, before it is known whether its rows fit.
    TargetType wished(GgufTensor tensor) {
        for (TensorOverride override : overrides) {
            if (override.appliesTo(tensor.name())) {
                return override.type();
            }
        }
        if (preset.base().isFloat()) {
            return preset.base();
        }
        return mixed(tensor);
    }

    /// A type near to the wished one that rows of this tensor can have.
    static TargetType fitting(TargetType wished, GgufTensor tensor) {
        long columns = tensor.dimensions().getFirst();
        if (wished.fits(columns)) {
            return wished;
        }
        TargetType smaller =
                switch (wished) {
                    case Q2_K, Q3_K -> TargetType.Q4_0;
                    case Q4_K -> TargetType.Q5_0;
                    case Q5_K -> TargetType.Q5_1;
                    case Q6_K -> TargetType.Q8_0;
                    case IQ4_XS -> TargetType.IQ4_NL;
                    case F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, IQ4_NL, MXFP4 -> wished;
                };
        return smaller.fits(columns) ? smaller : TargetType.F16;
    }

    private TargetType mixed(GgufTensor tensor) {
        TensorRole role = TensorRole.of(tensor.name());
        if (role == TensorRole.HEAD || (tied && role == TensorRole.EMBEDDING)) {
            return head(tensor);
        }
        if (preset == Preset.MXFP4_MOE) {
            boolean experts = tensor.dimensions().size() > 2 && tensor.dimensions().get(2) > 1;
            return experts ? TargetType.MXFP4 : TargetType.Q8_0;
        }
        return switch (role) {
            case ATTENTION_VALUE -> value();
            case ATTENTION_KEY ->
                    shape.experts() == EXPERTS_OF_MIXTRAL ? TargetType.Q8_0 : preset.base();
            case ATTENTION_OUTPUT -> attentionOutput();
            case FEED_FORWARD_DOWN -> down(tensor.name());
            case EMBEDDING, HEAD, ATTENTION_QUERY, OTHER -> preset.base();
        };
    }

    private TargetType head(GgufTensor tensor) {
        boolean eight =
                preset == Preset.MXFP4_MOE
                        || isFalcon()
                        || !preset.base().fits(tensor.dimensions().getFirst())
                        || preset.base() == TargetType.Q8_0;
        return eight ? TargetType.Q8_0 : TargetType.Q6_K;
    }

    private TargetType value() {
        boolean sharedByMany = shape.queriesPerKey() >= SHARED_BY_MANY;
        int index = valuesSeen++;
        if (shape.experts() == EXPERTS_OF_MIXTRAL) {
            return TargetType.Q8_0;
        }
        TargetType type =
                switch (preset) {
                    case Q2_K -> sharedByMany ? TargetType.Q4_K : TargetType.Q3_K;
                    case Q2_K_S -> sharedByMany ? TargetType.Q4_K : preset.base();
                    case Q3_K_M -> index < 2 ? TargetType.Q5_K : TargetType.Q4_K;
                    case Q3_K_L -> TargetType.Q5_K;
                    case IQ4_NL, IQ4_XS -> sharedByMany ? TargetType.Q5_K : preset.base();
                    case Q4_K_M, Q5_K_M ->
                            deservesMore(index, valueCount) ? TargetType.Q6_K : preset.base();
                    case Q4_K_S -> index < 4 ? TargetType.Q5_K : preset.base();
                    default -> preset.base();
                };
        boolean low = type == TargetType.Q3_K || type == TargetType.Q4_K;
        return low && shape.isSeventyBillion() ? TargetType.Q5_K : type;
    }

    private TargetType attentionOutput() {
        if (isFalcon()) {
            return preset == Preset.Q3_K_L ? TargetType.Q4_K : preset.base();
        }
        if (shape.experts() == EXPERTS_OF_MIXTRAL) {
            return switch (preset) {
                case Q2_K, Q3_K_S, Q3_K_M, IQ4_NL, IQ4_XS, Q4_K_S, Q4_K_M -> TargetType.Q5_K;
                default -> preset.base();
            };
        }
        return switch (preset) {
            case Q2_K -> TargetType.Q3_K;
            case Q3_K_M -> TargetType.Q4_K;
            case Q3_K_L -> TargetType.Q5_K;
            default -> preset.base();
        };
    }

    private TargetType down(String name) {
        int layers = shape.layers();
        int layer = shape.experts() > 1 ? requireLayer(name) : downsSeen;
        downsSeen++;
        boolean early = layer < layers / 8;
        boolean more = deservesMore(layer, layers);
        return switch (preset) {
            case Q2_K -> TargetType.Q3_K;
            case Q2_K_S -> early ? TargetType.Q4_K : preset.base();
            case Q3_K_M -> {
                if (layer < layers / 16) {
                    yield TargetType.Q5_K;
                }
                yield isFalcon() && !more ? TargetType.Q3_K : TargetType.Q4_K;
            }
            case Q3_K_L -> isFalcon() ? TargetType.Q4_K : TargetType.Q5_K;
            case Q4_K_M -> {
                if (isFalcon() && layer >= layers / 16) {
                    yield more ? TargetType.Q5_K : TargetType.Q4_K;
                }
                yield more || isFalcon() ? TargetType.Q6_K : preset.base();
            }
            case Q5_K_M -> more ? TargetType.Q6_K : preset.base();
            case IQ4_NL, IQ4_XS -> early && !weighted ? TargetType.Q5_K : preset.base();
            case Q4_K_S -> early && !isFalcon() ? TargetType.Q5_K : preset.base();
            case Q4_0 -> early && weighted ? TargetType.Q4_1 : preset.base();
            case Q5_0 -> early && weighted ? TargetType.Q5_1 : preset.base();
            default -> preset.base();
        };
    }

    private int requireLayer(String name) {
        int layer = layer(name);
        if (layer < 0 || layer >= shape.layers()) {
            throw source.corrupt(
                    "tensor '%s' is of layer %d, expected 0 to %d"
                            .formatted(name, layer, shape.layers() - 1));
        }
        return layer;
    }

    private boolean isFalcon() {
        return shape.architecture().equals("falcon");
    }

    /// The first and last eighth of the layers, and every third between.
    private static boolean deservesMore(int layer, int layers) {
        return layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2;
    }
}
