package dev.tokamak.models.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The methods of Python's `dict`, `list` and `tuple` that do not change them; the others are refused, as in the
/// sandbox of transformers. Immutable.
final class CollectionMethods {

    private static final Map<String, Operation> MAP_METHODS =
            Map.of(
                    "get", CollectionMethods::get,
                    "keys", (map, _, budget) -> Values.newList(map, budget),
                    "values", (map, _, budget) -> values((Map<?, ?>) map, budget),
                    "items", (map, _, budget) -> Values.pairs((Map<?, ?>) map, budget),
                    "copy", (map, _, _) -> map);

    private static final Map<String, Operation> LIST_METHODS =
            Map.of(
                    "index", CollectionMethods::index,
                    "count", CollectionMethods::count,
                    "copy", (list, _, _) -> list);

    private static final Set<String> MAP_MUTATORS =
            Set.of("clear", "pop", "popitem", "setdefault", "update");
    private static final Set<String> LIST_MUTATORS =
            Set.of("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort");

    private CollectionMethods() {}

    static @Nullable Operation ofMap(String name) {
        return MAP_MUTATORS.contains(name) ? refused(name, "dict") : MAP_METHODS.get(name);
    }

    static @Nullable Operation ofList(String name) {
        return LIST_MUTATORS.contains(name) ? refused(name, "list") : LIST_METHODS.get(name);
    }

    private static Operation refused(String name, String type) {
        return (_, _, _) -> {
            throw new TemplateFailure(
                    "access to attribute '" + name + "' of '" + type + "' object is unsafe.");
        };
    }

    private static Object get(Object map, Arguments arguments, Budget budget) {
        Object value = Operators.find((Map<?, ?>) map, arguments.require(0, "key"));
        return value == null ? arguments.value(1, "default", None.NONE) : value;
    }

    private static Object values(Map<?, ?> map, Budget budget) {
        budget.chargeElements(map.size());
        return new ArrayList<Object>(map.values());
    }

    private static Object index(Object list, Arguments arguments, Budget budget) {
        Object wanted = arguments.require(0, "value");
        long position = 0;
        for (Object item : (List<?>) list) {
            if (Operators.isEqual(item, wanted, budget)) {
                return position;
            }
            position++;
        }
        throw new TemplateFailure("the value is not in the list");
    }

    private static Object count(Object list, Arguments arguments, Budget budget) {
        Object wanted = arguments.require(0, "value");
        long count = 0;
        for (Object item : (List<?>) list) {
            count += Operators.isEqual(item, wanted, budget) ? 1 : 0;
        }
        return count;
    }
}
