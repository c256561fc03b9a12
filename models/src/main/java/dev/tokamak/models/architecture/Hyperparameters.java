package dev.tokamak.models.architecture;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.gguf.GgufValue;
import dev.tokamak.models.gguf.ModelFile;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The numbers that describe a network, from the metadata below the architecture's name, each checked against its
/// range. Immutable.
record Hyperparameters(ModelFile file, String architecture, Set<String> read) {

    static final int MAXIMUM_LAYERS = 1 << 12;
    static final int MAXIMUM_WIDTH = 1 << 22;
    static final int MAXIMUM_HEADS = 1 << 14;
    static final int MAXIMUM_HEAD_DIM = 1 << 13;
    static final int MAXIMUM_CONTEXT_TOKENS = 1 << 27;
    static final int MAXIMUM_EXPERTS = 1 << 12;

    /// Keys of some families' arithmetic, which change results unless they are 0 or 1: a family that does not read one does
    /// not know it.
    private static final List<String> FOREIGN_ARITHMETIC =
            List.of(
                    "attention.max_alibi_bias",
                    "attention.clamp_kqv",
                    "rope.scaling.alpha",
                    "attention.temperature_length",
                    "attention.temperature_scale",
                    "attn_logit_softcapping",
                    "final_logit_softcapping",
                    "logit_scale",
                    "residual_scale",
                    "embedding_scale");

    Hyperparameters(ModelFile file, String architecture) {
        this(file, architecture, new HashSet<>());
    }

    String key(String name) {
        return architecture + "." + name;
    }

    int count(String name, int maximum) {
        return (int) file.metadata().requireInteger(key(name), 1, maximum);
    }

    int count(String name, int maximum, int absent) {
        return (int) file.metadata().integer(key(name), 1, maximum).orElse(absent);
    }

    /// A count that files give once for all layers, or for each.
    int count(String name, int layer, int minimum, int maximum, int absent) {
        if (!contains(name)) {
            return absent;
        }
        if (!isArray(name)) {
            return (int) file.metadata().requireInteger(key(name), minimum, maximum);
        }
        int[] values = file.metadata().integers(key(name));
        if (layer >= values.length) {
            throw file.corrupt(
                    "metadata '%s' has %d elements, expected one for each layer"
                            .formatted(key(name), values.length));
        }
        if (values[layer] < minimum || values[layer] > maximum) {
            throw file.corrupt(
                    "element %d of metadata '%s' is %d, expected %d to %d"
                            .formatted(layer, key(name), values[layer], minimum, maximum));
        }
        return values[layer];
    }

    boolean isArray(String name) {
        return file.metadata().value(key(name)).orElse(null) instanceof GgufValue.Items;
    }

    /// Says that the family knows what this key means.
    void understood(String name) {
        read.add(name);
    }

    boolean flag(String name, boolean absent) {
        return file.metadata().bool(key(name)).orElse(absent);
    }

    /// A factor; 0, which stands for none in files, and an absent one are 1.
    double factor(String name) {
        double value = arithmetic(name, 1);
        return value == 0 ? 1 : positive(name, 1);
    }

    /// A number that [#refuseForeignArithmetic] then knows to be understood.
    double arithmetic(String name, double absent) {
        read.add(name);
        double value = contains(name) ? number(key(name)) : absent;
        if (!Double.isFinite(value)) {
            throw file.corrupt(
                    "metadata '%s' is %s, expected a finite number".formatted(key(name), value));
        }
        return value;
    }

    /// A finite number above zero.
    double positive(String name, double absent) {
        double value = contains(name) ? number(key(name)) : absent;
        if (!(value > 0 && Double.isFinite(value))) {
            throw file.corrupt(
                    "metadata '%s' is %s, expected a finite number above 0"
                            .formatted(key(name), value));
        }
        return value;
    }

    double requirePositive(String name) {
        file.metadata().requireDecimal(key(name));
        return positive(name, 1);
    }

    boolean contains(String name) {
        return file.metadata().contains(key(name));
    }

    Optional<String> string(String name) {
        return file.metadata().string(key(name));
    }

    void refuseForeignArithmetic() {
        for (String name : FOREIGN_ARITHMETIC) {
            double value = contains(name) && !read.contains(name) ? number(key(name)) : 0;
            if (value != 0 && value != 1) {
                throw unsupportedValue(name, String.valueOf(value));
            }
        }
        if (contains("rope.dimension_sections") && !read.contains("rope.dimension_sections")) {
            throw unsupportedValue("rope.dimension_sections", "present");
        }
        if (!flag("attention.causal", true) && !read.contains("attention.causal")) {
            throw unsupportedValue("attention.causal", "false");
        }
    }

    private double number(String key) {
        return switch (file.metadata().value(key).orElseThrow()) {
            case GgufValue.Decimal(double value) -> value;
            case GgufValue.Whole(long value, boolean _) -> value;
            case GgufValue other ->
                    throw file.corrupt(
                            "metadata '%s' is %s, expected a number".formatted(key, other));
        };
    }

    ModelException unsupportedValue(String name, String value) {
        return file.unsupported(
                "metadata '%s' is %s, which is not supported for architecture '%s'"
                        .formatted(key(name), value, architecture));
    }
}
