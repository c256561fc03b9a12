package dev.tokamak.models.huggingface;

import dev.tokamak.models.ModelException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The tensors of a folder while those that belong together are joined. Confined to one thread.
final class QuantisedParts {

    private static final int MOST_ROWS = 1 << 26;

    private final Map<String, StoredTensor> stored;
    private final Map<String, SourceTensor> joined = new LinkedHashMap<>();
    private final Set<String> used = new HashSet<>();
    private final Faults faults;

    QuantisedParts(Map<String, StoredTensor> stored, Faults faults) {
        this.stored = stored;
        this.faults = faults;
    }

    Faults faults() {
        return faults;
    }

    Iterable<StoredTensor> all() {
        return stored.values();
    }

    /// A tensor that others cannot do without.
    ///
    /// @param needing the tensor that is worth nothing without it
    StoredTensor require(String name, String needing) {
        return optional(name)
                .orElseThrow(
                        () ->
                                faults.corrupt(
                                        "tensor '%s' has no '%s' beside it"
                                                .formatted(
                                                        Faults.shown(needing),
                                                        Faults.shown(name))));
    }

    Optional<StoredTensor> optional(String name) {
        @Nullable StoredTensor tensor = stored.get(name);
        if (tensor != null) {
            used.add(name);
        }
        return Optional.ofNullable(tensor);
    }

    /// The shape of a matrix.
    BlockShape matrix(StoredTensor tensor, ElementType... types) {
        List<Long> shape = tensor.shape();
        boolean known = List.of(types).contains(tensor.element());
        boolean fits =
                shape.size() == 2 && shape.stream().allMatch(size -> size > 0 && size <= MOST_ROWS);
        if (!known || !fits) {
            throw wrong(tensor, "a matrix of %s".formatted(List.of(types)));
        }
        return new BlockShape(shape.get(0).intValue(), shape.get(1).intValue());
    }

    void requireShape(StoredTensor tensor, ElementType type, long... sizes) {
        List<Long> expected = Arrays.stream(sizes).boxed().toList();
        if (tensor.element() != type || !tensor.shape().equals(expected)) {
            throw wrong(tensor, "%s and %s".formatted(type, expected));
        }
    }

    ModelException wrong(StoredTensor tensor, String expected) {
        return faults.corrupt(
                "tensor '%s' has type %s and shape %s, expected %s"
                        .formatted(tensor.name(), tensor.element(), tensor.shape(), expected));
    }

    /// Puts what became of a tensor.
    ///
    /// @param name under which families look for it
    void put(StoredTensor from, String name, SourceTensor tensor) {
        used.add(from.name());
        if (joined.put(name, tensor) != null
                || (stored.containsKey(name) && !used.contains(name))) {
            throw faults.corrupt("there are two tensors '%s'".formatted(Faults.shown(name)));
        }
    }

    /// Passes over tensors whose names end so.
    void ignore(String... endings) {
        for (String name : stored.keySet()) {
            for (String ending : endings) {
                if (name.endsWith(ending)) {
                    used.add(name);
                }
            }
        }
    }

    /// What was joined and, as they are, the tensors that nobody used.
    Map<String, SourceTensor> joinedAndRest() {
        stored.forEach(
                (name, tensor) -> {
                    if (!used.contains(name)) {
                        joined.put(name, tensor);
                    }
                });
        return joined;
    }
}
