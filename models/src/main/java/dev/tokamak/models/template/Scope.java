package dev.tokamak.models.template;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The variables of a block, in front of those of the block around it. Confined to one rendering.
final class Scope {

    private final Map<String, Object> variables;
    private final @Nullable Scope outer;

    private Scope(Map<String, Object> variables, @Nullable Scope outer) {
        this.variables = variables;
        this.outer = outer;
    }

    static Scope of(Map<String, Object> variables) {
        return new Scope(variables, null);
    }

    Scope inner() {
        return new Scope(new HashMap<>(), this);
    }

    /// Returns the value of the nearest variable of this name, or an undefined value.
    Object lookup(String name) {
        for (Scope scope = this; scope != null; scope = scope.outer) {
            Object value = scope.variables.get(name);
            if (value != null) {
                return value;
            }
        }
        return Undefined.name(name);
    }

    void assign(String name, Object value) {
        variables.put(name, value);
    }
}
