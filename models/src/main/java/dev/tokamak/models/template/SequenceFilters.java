package dev.tokamak.models.template;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The filters on lists and maps that take all elements. Immutable.
final class SequenceFilters {

    static final Map<String, Operation> FILTERS =
            Map.ofEntries(
                    Map.entry("length", (value, _, _) -> Values.length(value)),
                    Map.entry("count", (value, _, _) -> Values.length(value)),
                    Map.entry("list", (value, _, budget) -> Values.newList(value, budget)),
                    Map.entry("items", (value, _, budget) -> items(value, budget)),
                    Map.entry("first", (value, _, budget) -> first(value, budget)),
                    Map.entry("last", (value, _, budget) -> last(value, budget)),
                    Map.entry("reverse", (value, _, budget) -> reverse(value, budget)),
                    Map.entry("join", SequenceFilters::join),
                    Map.entry("sort", SequenceFilters::sort),
                    Map.entry("dictsort", SequenceFilters::sortMap),
                    Map.entry("unique", SequenceFilters::unique),
                    Map.entry(
                            "min",
                            (value, arguments, budget) -> extreme(value, arguments, true, budget)),
                    Map.entry(
                            "max",
                            (value, arguments, budget) -> extreme(value, arguments, false, budget)),
                    Map.entry("sum", SequenceFilters::sum),
                    Map.entry("batch", SequenceFilters::batch));

    private SequenceFilters() {}

    private static Object items(Object value, Budget budget) {
        return switch (value) {
            case Undefined _ -> List.of();
            case Map<?, ?> map -> Values.pairs(map, budget);
            default -> throw new TemplateFailure("Can only get item pairs from a mapping.");
        };
    }

    private static Object first(Object value, Budget budget) {
        List<Object> items = Values.iterate(value, budget);
        return items.isEmpty()
                ? new Undefined("No first item, sequence was empty.")
                : items.getFirst();
    }

    private static Object last(Object value, Budget budget) {
        List<Object> items = Values.iterate(value, budget);
        return items.isEmpty()
                ? new Undefined("No last item, sequence was empty.")
                : items.getLast();
    }

    private static Object reverse(Object value, Budget budget) {
        if (value instanceof String text) {
            return budget.charged(new StringBuilder(text).reverse().toString());
        }
        return new Generated(Values.newList(value, budget).reversed());
    }

    private static Object join(Object value, Arguments arguments, Budget budget) {
        String separator = PythonText.of(arguments.value(0, "d", ""), budget);
        Object attribute = arguments.value(1, "attribute", None.NONE);
        List<Object> items = Values.iterate(value, budget);
        if (attribute == None.NONE) {
            return join(items, separator, budget);
        }
        List<Object> parts = new ArrayList<>(items.size());
        budget.chargeElements(items.size());
        for (Object item : items) {
            parts.add(Filters.path(item, attribute, budget));
        }
        return join(parts, separator, budget);
    }

    /// Writes the items as texts with a separator between them.
    static String join(List<Object> items, String separator, Budget budget) {
        StringBuilder text = new StringBuilder();
        String between = "";
        for (Object item : items) {
            budget.step();
            String piece = PythonText.of(item, budget);
            long added = (long) between.length() + piece.length();
            budget.charge(text.length() + added, added);
            text.append(between).append(piece);
            between = separator;
        }
        return text.toString();
    }

    private static Object sort(Object value, Arguments arguments, Budget budget) {
        List<Object> items = Values.newList(value, budget);
        Comparator<Object> order = order(arguments, 1, budget);
        items.sort(arguments.flag(0, "reverse", false) ? order.reversed() : order);
        return items;
    }

    /// Returns the order that `case_sensitive` (at this position) and `attribute` (after it) ask for.
    private static Comparator<Object> order(Arguments arguments, int position, Budget budget) {
        boolean isCaseSensitive = arguments.flag(position, "case_sensitive", false);
        Object attribute = arguments.value(position + 1, "attribute", None.NONE);
        return (left, right) ->
                Operators.order(
                        key(left, attribute, isCaseSensitive, budget),
                        "<",
                        key(right, attribute, isCaseSensitive, budget),
                        budget);
    }

    private static Object key(
            Object item, Object attribute, boolean isCaseSensitive, Budget budget) {
        Object key = attribute == None.NONE ? item : Filters.path(item, attribute, budget);
        if (isCaseSensitive || !(key instanceof String text)) {
            return key;
        }
        budget.scan(text);
        return text.toLowerCase(Locale.ROOT);
    }

    private static Object sortMap(Object value, Arguments arguments, Budget budget) {
        if (!(value instanceof Map<?, ?> map)) {
            throw new TemplateFailure("dictsort needs a dict, not " + Values.typeName(value));
        }
        boolean isCaseSensitive = arguments.flag(0, "case_sensitive", false);
        Object by = arguments.value(1, "by", "key");
        Object position = by.equals("value") ? 1L : 0L;
        List<Object> pairs = Values.pairs(map, budget);
        Comparator<Object> order =
                (left, right) ->
                        Operators.order(
                                key(left, position, isCaseSensitive, budget),
                                "<",
                                key(right, position, isCaseSensitive, budget),
                                budget);
        pairs.sort(arguments.flag(2, "reverse", false) ? order.reversed() : order);
        return pairs;
    }

    private static Object unique(Object value, Arguments arguments, Budget budget) {
        boolean isCaseSensitive = arguments.flag(0, "case_sensitive", false);
        Object attribute = arguments.value(1, "attribute", None.NONE);
        List<Object> keys = new ArrayList<>();
        List<Object> kept = new ArrayList<>();
        for (Object item : Values.iterate(value, budget)) {
            Object key = key(item, attribute, isCaseSensitive, budget);
            if (!Operators.contains(keys, key, budget)) {
                keys.add(key);
                kept.add(item);
            }
        }
        budget.chargeElements(kept.size());
        return new Generated(kept);
    }

    private static Object extreme(
            Object value, Arguments arguments, boolean isLeast, Budget budget) {
        Comparator<Object> order = order(arguments, 0, budget);
        Object best = new Undefined("No aggregated item, sequence was empty.");
        boolean isFirst = true;
        for (Object item : Values.iterate(value, budget)) {
            int comparison = isFirst ? -1 : order.compare(item, best);
            if (isFirst || (isLeast ? comparison < 0 : comparison > 0)) {
                best = item;
            }
            isFirst = false;
        }
        return best;
    }

    private static Object sum(Object value, Arguments arguments, Budget budget) {
        Object attribute = arguments.value(0, "attribute", None.NONE);
        Object total = arguments.value(1, "start", 0L);
        for (Object item : Values.iterate(value, budget)) {
            Object part = attribute == None.NONE ? item : Filters.path(item, attribute, budget);
            total = Operators.arithmetic(total, "+", part, budget);
        }
        return total;
    }

    private static Object batch(Object value, Arguments arguments, Budget budget) {
        long size = arguments.integer(0, "linecount", 1);
        Object filling = arguments.value(1, "fill_with", None.NONE);
        if (size < 1 || size > Budget.MAX_RANGE) {
            throw new TemplateFailure(
                    "a batch of " + size + " must be between 1 and " + Budget.MAX_RANGE);
        }
        List<Object> batches = new ArrayList<>();
        List<Object> batch = new ArrayList<>();
        for (Object item : Values.newList(value, budget)) {
            if (batch.size() == size) {
                batches.add(batch);
                batch = new ArrayList<>();
            }
            batch.add(item);
        }
        while (filling != None.NONE && !batch.isEmpty() && batch.size() < size) {
            batch.add(filling);
        }
        if (!batch.isEmpty()) {
            batches.add(batch);
        }
        budget.chargeElements(batches.size() + size);
        return new Generated(batches);
    }
}
