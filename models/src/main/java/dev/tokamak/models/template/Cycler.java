package dev.tokamak.models.template;

import java.util.List;

/// What `cycler(a, b, …)` makes: a ring of values with `next()`, `reset()` and `current`. Confined to one rendering.
final class Cycler {

    private final List<Object> values;
    private int position;

    Cycler(List<Object> values) {
        if (values.isEmpty()) {
            throw new TemplateFailure("at least one item has to be provided");
        }
        this.values = values;
    }

    Object attribute(String name) {
        return switch (name) {
            case "current" -> values.get(position);
            case "next" -> (Function) (_, _) -> next();
            case "reset" -> (Function) (_, _) -> reset();
            default -> Undefined.attribute(this, name);
        };
    }

    private Object next() {
        Object value = values.get(position);
        position = (position + 1) % values.size();
        return value;
    }

    private Object reset() {
        position = 0;
        return None.NONE;
    }
}
