package dev.tokamak.models.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What `value.name`, `value[key]` and `value[a:b:c]` mean. Immutable.
final class Attributes {

    private Attributes() {}

    /// Looks for a method first and for a key of a map second, as Jinja does for the dot.
    static Object attribute(Object target, String name) {
        Operators.requireDefined(target);
        Object member = member(target, name);
        if (member instanceof Undefined && target instanceof Map<?, ?> map) {
            Object value = map.get(name);
            return value == null ? member : value;
        }
        return member;
    }

    private static Object member(Object target, String name) {
        Operation method =
                switch (target) {
                    case String _ -> StringMethods.find(name);
                    case Markup _ -> StringMethods.find(name);
                    case Map<?, ?> _ -> CollectionMethods.ofMap(name);
                    case List<?> _ -> CollectionMethods.ofList(name);
                    default -> null;
                };
        if (method != null) {
            return new BoundMethod(target, method);
        }
        return switch (target) {
            case Namespace namespace ->
                    namespace.attributes().getOrDefault(name, Undefined.attribute(target, name));
            case LoopState loop -> loop.attribute(name);
            case Cycler cycler -> cycler.attribute(name);
            case Macro macro when name.equals("name") -> macro.name();
            default -> Undefined.attribute(target, name);
        };
    }

    /// Looks for a key or position first and for a method second, as Jinja does for brackets.
    static Object item(Object target, Object key, Budget budget) {
        Operators.requireDefined(target);
        Object value =
                switch (target) {
                    case Map<?, ?> map -> Operators.find(map, key);
                    case List<?> list -> elementAt(list, key);
                    case String text -> characterAt(text, key, budget);
                    case Markup markup -> characterAt(markup.text(), key, budget);
                    default -> null;
                };
        if (value != null) {
            return value;
        }
        if (key instanceof String name) {
            return member(target, name);
        }
        boolean isShort = Values.isNumber(key) || key == None.NONE;
        return Undefined.element(
                target, isShort ? PythonText.of(key, budget) : Values.typeName(key));
    }

    private static @Nullable Object elementAt(List<?> list, Object key) {
        if (!(key instanceof Long index)) {
            return null;
        }
        long position = index < 0 ? index + list.size() : index;
        return position >= 0 && position < list.size() ? list.get((int) position) : null;
    }

    private static @Nullable Object characterAt(String text, Object key, Budget budget) {
        if (!(key instanceof Long index)) {
            return null;
        }
        budget.scan(text);
        int count = Values.codePointCount(text);
        long position = index < 0 ? index + count : index;
        if (position < 0 || position >= count) {
            return null;
        }
        return Character.toString(text.codePointAt(text.offsetByCodePoints(0, (int) position)));
    }

    static Object slice(
            Object target,
            @Nullable Long start,
            @Nullable Long stop,
            @Nullable Long step,
            Budget budget) {
        Operators.requireDefined(target);
        long stride = step == null ? 1 : step;
        if (stride == 0) {
            throw new TemplateFailure("slice step cannot be zero");
        }
        return switch (Markup.plain(target)) {
            case String text -> {
                budget.scan(text);
                int size = Values.codePointCount(text);
                long first = firstIndex(start, size, stride);
                long end = endIndex(stop, size, stride);
                yield stride == 1
                        ? substring(text, first, end, budget)
                        : characters(text.codePoints().toArray(), first, end, stride, budget);
            }
            case List<?> list -> {
                List<Object> items = new ArrayList<>();
                long end = endIndex(stop, list.size(), stride);
                for (long index = firstIndex(start, list.size(), stride);
                        isBefore(index, end, stride);
                        index += stride) {
                    items.add(list.get((int) index));
                }
                budget.chargeElements(items.size());
                yield target instanceof Tuple ? new Tuple(items) : items;
            }
            default ->
                    throw new TemplateFailure(
                            "'" + Values.typeName(target) + "' object is not subscriptable");
        };
    }

    private static boolean isBefore(long index, long end, long stride) {
        return stride > 0 ? index < end : index > end;
    }

    private static long firstIndex(@Nullable Long bound, int size, long stride) {
        if (bound == null) {
            return stride > 0 ? 0 : size - 1;
        }
        return clamp(bound, size, stride);
    }

    private static long endIndex(@Nullable Long bound, int size, long stride) {
        if (bound == null) {
            return stride > 0 ? size : -1;
        }
        return clamp(bound, size, stride);
    }

    private static long clamp(long bound, int size, long stride) {
        long index = bound < 0 ? bound + size : bound;
        return stride > 0 ? Math.clamp(index, 0, size) : Math.clamp(index, -1, size - 1);
    }

    private static String substring(String text, long first, long end, Budget budget) {
        if (first >= end) {
            return "";
        }
        int from = text.offsetByCodePoints(0, (int) first);
        int to = text.offsetByCodePoints(from, (int) (end - first));
        return budget.charged(text.substring(from, to));
    }

    private static String characters(
            int[] points, long first, long end, long stride, Budget budget) {
        StringBuilder text = new StringBuilder();
        for (long index = first; isBefore(index, end, stride); index += stride) {
            text.appendCodePoint(points[(int) index]);
        }
        return budget.charged(text.toString());
    }
}
