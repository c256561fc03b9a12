package dev.tokamak.models.template;

import dev.tokamak.models.ModelException;
import java.time.Clock;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The functions that every template can call. Immutable.
final class Globals {

    private Globals() {}

    static Map<String, Object> of(Clock clock) {
        Map<String, Object> globals = new LinkedHashMap<>();
        define(globals, "raise_exception", Globals::raise);
        define(
                globals,
                "strftime_now",
                (arguments, _) ->
                        TimeFormat.format(arguments.text(0, "format"), ZonedDateTime.now(clock)));
        define(globals, "namespace", Globals::namespace);
        define(globals, "range", Globals::range);
        define(globals, "dict", Globals::dict);
        define(globals, "cycler", (arguments, _) -> new Cycler(arguments.positional()));
        define(globals, "joiner", (arguments, _) -> joiner(arguments.value(0, "sep", ", ")));
        return globals;
    }

    private static void define(Map<String, Object> globals, String name, Function function) {
        globals.put(name, function);
    }

    private static Object raise(Arguments arguments, Budget budget) {
        throw new ModelException(
                ModelException.Code.TEMPLATE,
                PythonText.of(arguments.require(0, "message"), budget));
    }

    private static Object namespace(Arguments arguments, Budget budget) {
        Map<String, Object> attributes = new LinkedHashMap<>();
        entries(arguments, budget)
                .forEach((key, value) -> attributes.put(PythonText.of(key, budget), value));
        return new Namespace(attributes);
    }

    private static Object dict(Arguments arguments, Budget budget) {
        return entries(arguments, budget);
    }

    private static Map<Object, Object> entries(Arguments arguments, Budget budget) {
        Map<Object, Object> entries = new LinkedHashMap<>();
        for (Object source : arguments.positional()) {
            List<Object> pairs =
                    source instanceof Map<?, ?> map
                            ? Values.pairs(map, budget)
                            : Values.iterate(source, budget);
            for (Object pair : pairs) {
                if (!(pair instanceof List<?> list) || list.size() != 2) {
                    throw new TemplateFailure("a dict takes pairs of key and value");
                }
                entries.put(Operators.requireKey(list.get(0)), list.get(1));
            }
        }
        entries.putAll(arguments.named());
        budget.chargeElements(2L * entries.size());
        return entries;
    }

    private static Object range(Arguments arguments, Budget budget) {
        int count = arguments.positional().size();
        long first = arguments.integer(0, "start", 0);
        long start = count > 1 ? first : 0;
        long stop = count > 1 ? arguments.integer(1, "stop", 0) : first;
        long step = arguments.integer(2, "step", 1);
        if (step == 0) {
            throw new TemplateFailure("range() arg 3 must not be zero");
        }
        List<Object> numbers = new ArrayList<>();
        for (long number = start; step > 0 ? number < stop : number > stop; number += step) {
            if (numbers.size() == Budget.MAX_RANGE) {
                throw new TemplateFailure(
                        "a range exceeds the limit of " + Budget.MAX_RANGE + " numbers");
            }
            numbers.add(number);
        }
        budget.chargeElements(numbers.size());
        return numbers;
    }

    /// Returns a function that gives nothing at its first call and the separator at every other.
    private static Function joiner(Object separator) {
        boolean[] isUsed = new boolean[1];
        return (_, _) -> {
            boolean isFirst = !isUsed[0];
            isUsed[0] = true;
            return isFirst ? "" : separator;
        };
    }
}
