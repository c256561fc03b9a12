package dev.tokamak.models.architecture;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.gguf.GgufValue;
import dev.tokamak.models.gguf.ModelFile;
import java.util.List;
import java.util.Optional;

/// The numbers that describe a network, from the metadata below the architecture's name, each checked against its
/// range. Immutable.
record Hyperparameters(ModelFile file, String architecture) {

    static final int MAXIMUM_LAYERS = 1 << 12;
    static final int MAXIMUM_WIDTH = 1 << 22;
    static final int MAXIMUM_HEADS = 1 << 14;
    static final int MAXIMUM_HEAD_DIM = 1 << 13;
    static final int MAXIMUM_CONTEXT_TOKENS = 1 << 27;

    /// Keys of other families' arithmetic, which change results unless they are 0 or 1.
    private static final List<String> FOREIGN_ARITHMETIC =
            List.of(
                    "attention.max_alibi_bias",
                    "attention.clamp_kqv",
                    "attention.temperature_length",
                    "attention.temperature_scale",
                    "attn_logit_softcapping",
                    "final_logit_softcapping",
                    "logit_scale",
                    "residual_scale",
                    "embedding_scale");

    String key(String name) {
        return architecture + "." + name;
    }

    int count(String name, int maximum) {
        return (int) file.metadata().requireInteger(key(name), 1, maximum);
    }

    int count(String name, int maximum, int absent) {
        return (int) file.metadata().integer(key(name), 1, maximum).orElse(absent);
    }

    /// A finite number above zero.
    double positive(String name, double absent) {
        double value = file.metadata().decimal(key(name)).orElse(absent);
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

    void refuseExperts() {
        long experts = file.metadata().integer(key("expert_count")).orElse(0);
        if (experts > 0) {
            throw file.unsupported(
                    "%s models with experts are not supported, and this one has %d (metadata '%s')"
                            .formatted(architecture, experts, key("expert_count")));
        }
    }

    void refuseForeignArithmetic() {
        for (String name : FOREIGN_ARITHMETIC) {
            double value = contains(name) ? number(key(name)) : 0;
            if (value != 0 && value != 1) {
                throw unsupportedValue(name, String.valueOf(value));
            }
        }
        if (contains("rope.dimension_sections")) {
            throw unsupportedValue("rope.dimension_sections", "present");
        }
        if (!file.metadata().bool(key("attention.causal")).orElse(true)) {
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
