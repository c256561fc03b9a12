package dev.tokamak.models.huggingface;

import dev.tokamak.models.ModelException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The values of a `config.json`, or of an object in it, each checked for its kind as it is read. Where several names are
/// given, they are what different models call the same. Immutable.
record ModelConfig(JsonNode node, Faults faults) {

    private static final String TEXT = "text_config";
    private static final List<String> OF_THE_WHOLE =
            List.of("architectures", "tie_word_embeddings");
    private static final int MOST_ELEMENTS = 1 << 16;

    /// The configuration of a folder; that of the part for texts stands above what it lies in, except for whether the head is
    /// the embedding.
    static ModelConfig read(Path folder) {
        Path path = folder.resolve("config.json");
        ObjectNode root = JsonFile.read(path);
        JsonNode text = root.path(TEXT);
        if (text instanceof ObjectNode inner) {
            ObjectNode whole = root.deepCopy();
            root.setAll(inner);
            OF_THE_WHOLE.stream()
                    .filter(whole::hasNonNull)
                    .forEach(name -> root.set(name, whole.path(name)));
        }
        return new ModelConfig(root, new Faults(path));
    }

    /// The same with values for what is absent. What is `null` is not absent.
    ModelConfig withAbsent(ObjectNode defaults) {
        ObjectNode all = defaults.deepCopy();
        all.setAll((ObjectNode) node);
        return new ModelConfig(all, faults);
    }

    boolean has(String name) {
        return node.hasNonNull(name);
    }

    long integer(String... names) {
        return optionalInteger(names)
                .orElseThrow(() -> faults.corrupt("'%s' is missing".formatted(names[0])));
    }

    /// A whole number of 0 or more.
    OptionalLong optionalInteger(String... names) {
        for (String name : names) {
            if (has(name)) {
                JsonNode value = node.path(name);
                if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 0) {
                    throw wrong(name, value, "a whole number from 0 to " + Integer.MAX_VALUE);
                }
                return OptionalLong.of(value.intValue());
            }
        }
        return OptionalLong.empty();
    }

    OptionalDouble decimal(String... names) {
        for (String name : names) {
            if (has(name)) {
                JsonNode value = node.path(name);
                if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
                    throw wrong(name, value, "a finite number");
                }
                return OptionalDouble.of(value.doubleValue());
            }
        }
        return OptionalDouble.empty();
    }

    boolean flag(String name, boolean absent) {
        if (!has(name)) {
            return absent;
        }
        JsonNode value = node.path(name);
        if (!value.isBoolean()) {
            throw wrong(name, value, "true or false");
        }
        return value.booleanValue();
    }

    Optional<String> string(String... names) {
        for (String name : names) {
            if (has(name)) {
                JsonNode value = node.path(name);
                if (!value.isString()) {
                    throw wrong(name, value, "a string");
                }
                return Optional.of(value.stringValue());
            }
        }
        return Optional.empty();
    }

    /// An array of strings, empty when absent.
    List<String> strings(String name) {
        List<String> strings = new ArrayList<>();
        for (JsonNode value : array(name)) {
            if (!value.isString()) {
                throw wrong(name, value, "strings");
            }
            strings.add(value.stringValue());
        }
        return strings;
    }

    /// An array of numbers, empty when absent.
    List<Double> numbers(String name) {
        List<Double> numbers = new ArrayList<>();
        for (JsonNode value : array(name)) {
            if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
                throw wrong(name, value, "finite numbers");
            }
            numbers.add(value.doubleValue());
        }
        return numbers;
    }

    private Iterable<JsonNode> array(String name) {
        if (!has(name)) {
            return List.of();
        }
        JsonNode value = node.path(name);
        if (!value.isArray() || value.size() > MOST_ELEMENTS) {
            throw wrong(name, value, "an array of at most " + MOST_ELEMENTS);
        }
        return value;
    }

    /// Refuses an array that says something of some layers, but not of all.
    void requireForEachLayer(String name, int elements, int layers) {
        if (elements > 0 && elements < layers) {
            throw faults.corrupt(
                    "'%s' has %d elements, expected one for each of %d layers"
                            .formatted(name, elements, layers));
        }
    }

    /// An object in this one.
    Optional<ModelConfig> object(String name) {
        if (!has(name)) {
            return Optional.empty();
        }
        JsonNode value = node.path(name);
        if (!value.isObject()) {
            throw wrong(name, value, "an object");
        }
        return Optional.of(new ModelConfig(value, faults));
    }

    /// An error about a value that is valid but cannot be run.
    ModelException unsupported(String name) {
        return faults.unsupported(
                "'%s' is %s, which is not supported for this model"
                        .formatted(name, Faults.shown(node.path(name))));
    }

    private ModelException wrong(String name, JsonNode value, String expected) {
        return faults.corrupt(
                "'%s' is %s, expected %s".formatted(name, Faults.shown(value), expected));
    }
}
