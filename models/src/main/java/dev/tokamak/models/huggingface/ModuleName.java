package dev.tokamak.models.huggingface;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/// The name of a tensor taken apart: `model.layers.3.mlp.experts.7.up_proj.weight` is the member 7 of `mlp.experts.*.up_proj` in
/// layer 3. Immutable.
///
/// @param path of the module in its layer or, without one, in the model
/// @param suffix `.weight` or `.bias`; names with neither are of weights
record ModuleName(OptionalInt layer, String path, OptionalInt member, String suffix) {

    private static final List<String> WRAPPINGS =
            List.of("model.", "language_model.", "transformer.", "bert.", "roberta.", "encoder.");
    private static final List<String> LAYERS = List.of("layers.", "layer.", "h.");
    private static final List<String> NUMBERED = List.of("experts.", "norms.");

    /// What names end with; old norms call their weight and bias otherwise.
    private static final Map<String, String> SUFFIXES =
            Map.of(".weight", ".weight", ".bias", ".bias", ".gamma", ".weight", ".beta", ".bias");

    private static final int MOST_DIGITS = 6;

    static ModuleName parse(String name) {
        String rest = unwrapped(name);
        String suffix = ".weight";
        for (Map.Entry<String, String> candidate : SUFFIXES.entrySet()) {
            if (rest.endsWith(candidate.getKey())) {
                suffix = candidate.getValue();
                rest = rest.substring(0, rest.length() - candidate.getKey().length());
                break;
            }
        }
        OptionalInt layer = OptionalInt.empty();
        for (String start : LAYERS) {
            if (rest.startsWith(start)) {
                layer = number(rest, start.length());
                if (layer.isPresent()) {
                    rest =
                            rest.substring(
                                    Math.min(rest.length(), rest.indexOf('.', start.length()) + 1));
                    break;
                }
            }
        }
        for (String start : NUMBERED) {
            int at = rest.indexOf(start);
            if (at == 0 || (at > 0 && rest.charAt(at - 1) == '.')) {
                int from = at + start.length();
                OptionalInt member = number(rest, from);
                if (member.isPresent()) {
                    int end = end(rest, from);
                    return new ModuleName(
                            layer,
                            rest.substring(0, from) + "*" + rest.substring(end),
                            member,
                            suffix);
                }
            }
        }
        return new ModuleName(layer, rest, OptionalInt.empty(), suffix);
    }

    private static String unwrapped(String name) {
        String rest = name;
        boolean again = true;
        while (again) {
            again = false;
            for (String wrapping : WRAPPINGS) {
                if (rest.startsWith(wrapping)) {
                    rest = rest.substring(wrapping.length());
                    again = true;
                }
            }
        }
        return rest;
    }

    private static int end(String text, int from) {
        int end = from;
        while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
            end++;
        }
        return end;
    }

    private static OptionalInt number(String text, int from) {
        int end = end(text, from);
        boolean whole = end == text.length() || text.charAt(end) == '.';
        return whole && end > from && end - from <= MOST_DIGITS
                ? OptionalInt.of(Integer.parseInt(text.substring(from, end)))
                : OptionalInt.empty();
    }
}
