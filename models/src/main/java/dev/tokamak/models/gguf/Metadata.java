package dev.tokamak.models.gguf;

import dev.tokamak.models.ModelException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;

/// What a model says about itself, by GGUF's keys. A value of another kind than asked for is a corrupt file. Thread-safe;
/// usable until the model file is closed.
public interface Metadata {

    /// All keys in the order of the file.
    Set<String> keys();

    default boolean contains(String key) {
        return keys().contains(key);
    }

    /// The type of a value, of an array that of its elements; empty when the key is absent.
    Optional<GgufValueType> type(String key);

    /// The number of elements of an array, without decoding it.
    OptionalLong count(String key);

    /// The value for display; of an array the first elements.
    Optional<GgufValue> value(String key);

    Optional<String> string(String key);

    /// An integer of any width.
    OptionalLong integer(String key);

    /// A floating-point number of either width.
    OptionalDouble decimal(String key);

    Optional<Boolean> bool(String key);

    /// An array of strings, empty when absent.
    List<String> strings(String key);

    /// An array of integers of any width that fit into 32 bits with sign, empty when absent.
    int[] integers(String key);

    /// An array of floating-point numbers, empty when absent.
    float[] floats(String key);

    /// An array of bytes of either sign, empty when absent.
    byte[] bytes(String key);

    /// An array of flags, empty when absent.
    boolean[] bools(String key);

    /// An error about these values, which names the file.
    ModelException corrupt(String what);

    default String requireString(String key) {
        return string(key).orElseThrow(() -> missing(key));
    }

    default long requireInteger(String key) {
        return integer(key).orElseThrow(() -> missing(key));
    }

    /// An integer, or empty when absent, that must lie in `[minimum, maximum]`.
    default OptionalLong integer(String key, long minimum, long maximum) {
        OptionalLong value = integer(key);
        if (value.isPresent() && (value.getAsLong() < minimum || value.getAsLong() > maximum)) {
            throw corrupt(
                    "metadata '%s' is %d, expected %d to %d"
                            .formatted(key, value.getAsLong(), minimum, maximum));
        }
        return value;
    }

    default long requireInteger(String key, long minimum, long maximum) {
        return integer(key, minimum, maximum).orElseThrow(() -> missing(key));
    }

    default double requireDecimal(String key) {
        return decimal(key).orElseThrow(() -> missing(key));
    }

    private ModelException missing(String key) {
        return corrupt("metadata '" + key + "' is missing");
    }
}
