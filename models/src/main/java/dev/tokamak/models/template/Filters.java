package dev.tokamak.models.template;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The filters after `|`, by name. Immutable.
final class Filters {

    private static final Map<String, Operation> FILTERS = all();

    private Filters() {}

    private static Map<String, Operation> all() {
        Map<String, Operation> filters = new HashMap<>(TextFilters.FILTERS);
        filters.putAll(NumberFilters.FILTERS);
        filters.putAll(SequenceFilters.FILTERS);
        filters.putAll(SelectionFilters.FILTERS);
        filters.put("default", Filters::orDefault);
        filters.put("d", Filters::orDefault);
        filters.put("tojson", JsonText::write);
        filters.put("attr", Filters::attribute);
        return Map.copyOf(filters);
    }

    static boolean has(String name) {
        return FILTERS.containsKey(name);
    }

    static Object apply(String name, Object value, Arguments arguments, Budget budget) {
        Operation filter = FILTERS.get(name);
        if (filter == null) {
            throw new TemplateFailure("No filter named '" + name + "' found.");
        }
        Object plain = Markup.plain(value);
        budget.scan(plain);
        Object result = filter.apply(plain, Markup.plain(arguments), budget);
        return TextFilters.FILTERS.containsKey(name) ? Markup.like(value, result) : result;
    }

    private static Object orDefault(Object value, Arguments arguments, Budget budget) {
        boolean isReplaced =
                value instanceof Undefined
                        || (arguments.flag(1, "boolean", false) && !Values.isTrue(value));
        return isReplaced ? arguments.value(0, "default_value", "") : value;
    }

    private static Object attribute(Object value, Arguments arguments, Budget budget) {
        Object found = Attributes.attribute(value, arguments.text(0, "name"));
        return value instanceof Map && !(found instanceof BoundMethod)
                ? Undefined.attribute(value, arguments.text(0, "name"))
                : found;
    }

    /// Follows a path such as `function.name` or `0` from a value, as the `attribute` argument of filters does.
    static Object path(Object value, Object path, Budget budget) {
        if (!(path instanceof String names)) {
            return Attributes.item(value, path, budget);
        }
        Object current = value;
        for (String name : List.of(names.split("\\.", -1))) {
            boolean isNumber = !name.isEmpty() && FormatSpec.digitsEnd(name, 0) == name.length();
            Object key = isNumber ? (Object) (long) FormatSpec.number(name, 0) : name;
            current = Attributes.item(current, key, budget);
        }
        return current;
    }
}
