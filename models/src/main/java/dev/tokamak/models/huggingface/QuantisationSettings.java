package dev.tokamak.models.huggingface;

import dev.tokamak.models.ModelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/// The values of `quantization_config`, or of an object in it. Immutable.
record QuantisationSettings(ModelConfig config) {

    private static final int LARGEST_SIZE = 1 << 26;

    /// A word in lower case.
    String word(String absent, String... names) {
        return config.string(names).orElse(absent).toLowerCase(Locale.ROOT);
    }

    /// The columns that share a scale, 0 for all of them.
    int groupSize(int absent, String... names) {
        for (String name : names) {
            if (config.has(name)) {
                return size(name, config.node().path(name), -1);
            }
        }
        return absent;
    }

    /// The rows and columns of a block, `[128, 128]` or `"128x128"`; empty when they are not said.
    List<Integer> block(String name) {
        JsonNode value = config.node().path(name);
        List<Integer> sizes = new ArrayList<>();
        if (value.isString()) {
            for (String part : value.stringValue().split("x", 3)) {
                boolean number = part.matches("[0-9]{1,7}");
                sizes.add(number ? Integer.parseInt(part) : 0);
            }
        } else if (value.isArray() && value.size() == 2) {
            value.forEach(part -> sizes.add(size(name, part, 1)));
        } else if (config.has(name)) {
            throw wrong(name, value, "two sizes");
        }
        if (!sizes.isEmpty() && (sizes.size() != 2 || sizes.contains(0))) {
            throw wrong(name, value, "two sizes of 1 or more");
        }
        return sizes;
    }

    private int size(String name, JsonNode value, int least) {
        boolean number = value.isIntegralNumber() && value.canConvertToInt();
        int size = number ? value.intValue() : 0;
        if (size < least || size == 0 || size > LARGEST_SIZE) {
            String all = least < 0 ? ", or -1 for all" : "";
            throw wrong(name, value, "a size from 1 to %d%s".formatted(LARGEST_SIZE, all));
        }
        return Math.max(size, 0);
    }

    /// The objects in an object, each under a name that does not matter.
    List<QuantisationSettings> objects(String name) {
        List<QuantisationSettings> objects = new ArrayList<>();
        config.object(name)
                .ifPresent(
                        all ->
                                all.node()
                                        .properties()
                                        .forEach(
                                                entry ->
                                                        all.object(entry.getKey())
                                                                .map(QuantisationSettings::new)
                                                                .ifPresent(objects::add)));
        return objects;
    }

    ModelException unsupported(String name, Object value, String supported) {
        return config.faults()
                .unsupported(
                        "quantisation with '%s' %s is not supported; supported: %s"
                                .formatted(name, Faults.shown(value), supported));
    }

    private ModelException wrong(String name, JsonNode value, String expected) {
        return config.faults()
                .corrupt("'%s' is %s, expected %s".formatted(name, Faults.shown(value), expected));
    }
}
