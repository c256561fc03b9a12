package dev.tokamak.models.template;

import java.util.List;

/// The variable `loop` inside a loop. Confined to one rendering.
final class LoopState {

    private final List<Object> items;
    private final int depth;
    private int index = -1;
    private Object changedValue = new Undefined("nothing yet");

    LoopState(List<Object> items, int depth) {
        this.items = items;
        this.depth = depth;
    }

    int depth() {
        return depth;
    }

    /// Moves to the next element and returns it.
    Object advance() {
        index++;
        return items.get(index);
    }

    Object attribute(String name) {
        int size = items.size();
        return switch (name) {
            case "index" -> index + 1L;
            case "index0" -> (long) index;
            case "revindex" -> (long) size - index;
            case "revindex0" -> (long) size - index - 1;
            case "first" -> index == 0;
            case "last" -> index == size - 1;
            case "length" -> (long) size;
            case "depth" -> (long) depth;
            case "depth0" -> depth - 1L;
            case "previtem" ->
                    index > 0 ? items.get(index - 1) : new Undefined("there is no previous item");
            case "nextitem" ->
                    index + 1 < size
                            ? items.get(index + 1)
                            : new Undefined("there is no next item");
            case "cycle" -> (Function) (arguments, _) -> cycle(arguments.positional());
            case "changed" -> (Function) (arguments, budget) -> changed(arguments, budget);
            default -> Undefined.attribute(this, name);
        };
    }

    private Object cycle(List<Object> values) {
        if (values.isEmpty()) {
            throw new TemplateFailure("no items for cycling given");
        }
        return values.get(index % values.size());
    }

    private Object changed(Arguments arguments, Budget budget) {
        Object value = new Tuple(arguments.positional());
        boolean isChanged = !Operators.isEqual(value, changedValue, budget);
        changedValue = value;
        return isChanged;
    }
}
