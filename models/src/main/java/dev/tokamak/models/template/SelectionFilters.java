package dev.tokamak.models.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The filters that choose or change elements one by one, through other tests and filters. Immutable.
final class SelectionFilters {

    static final Map<String, Operation> FILTERS =
            Map.of(
                    "select", (value, arguments, budget) -> select(value, arguments, true, budget),
                    "reject", (value, arguments, budget) -> select(value, arguments, false, budget),
                    "selectattr",
                            (value, arguments, budget) ->
                                    selectByAttribute(value, arguments, true, budget),
                    "rejectattr",
                            (value, arguments, budget) ->
                                    selectByAttribute(value, arguments, false, budget),
                    "map", SelectionFilters::map);

    private SelectionFilters() {}

    /// Returns the elements; a false value such as None has none.
    private static List<Object> items(Object value, Budget budget) {
        return Values.isTrue(value) ? Values.iterate(value, budget) : List.of();
    }

    private static Object select(Object value, Arguments arguments, boolean keeps, Budget budget) {
        List<Object> kept = new ArrayList<>();
        for (Object item : items(value, budget)) {
            if (passes(item, arguments, budget) == keeps) {
                kept.add(item);
            }
        }
        budget.chargeElements(kept.size());
        return new Generated(kept);
    }

    private static Object selectByAttribute(
            Object value, Arguments arguments, boolean keeps, Budget budget) {
        Object attribute = arguments.require(0, "attribute");
        Arguments test = arguments.after(1);
        List<Object> kept = new ArrayList<>();
        for (Object item : items(value, budget)) {
            if (passes(Filters.path(item, attribute, budget), test, budget) == keeps) {
                kept.add(item);
            }
        }
        budget.chargeElements(kept.size());
        return new Generated(kept);
    }

    /// Whether the value passes the test that the first argument names; without one, whether it is true.
    private static boolean passes(Object value, Arguments arguments, Budget budget) {
        budget.step();
        if (arguments.positional().isEmpty()) {
            return Values.isTrue(value);
        }
        return JinjaTests.apply(arguments.text(0, "test"), value, arguments.after(1), budget);
    }

    private static Object map(Object value, Arguments arguments, Budget budget) {
        List<Object> mapped = new ArrayList<>();
        for (Object item : items(value, budget)) {
            budget.step();
            mapped.add(mapOne(item, arguments, budget));
        }
        budget.chargeElements(mapped.size());
        return new Generated(mapped);
    }

    private static Object mapOne(Object item, Arguments arguments, Budget budget) {
        Object attribute = arguments.named().get("attribute");
        if (attribute == null) {
            return Filters.apply(arguments.text(0, "filter"), item, arguments.after(1), budget);
        }
        Object found = Filters.path(item, attribute, budget);
        Object fallback = arguments.named().get("default");
        return found instanceof Undefined && fallback != null ? fallback : found;
    }
}
