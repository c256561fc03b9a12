package dev.tokamak.models.tokenizer.huggingface;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// The tokens that go before and after a text (`post_processor`), and around the two texts of a pair. Immutable.
///
/// @param pair empty where the template for pairs is none that begins with the first text and ends with the second
record Frame(List<Integer> before, List<Integer> after, Optional<Pair> pair) {

    private static final String TEXT = "Sequence";

    Frame {
        before = List.copyOf(before);
        after = List.copyOf(after);
    }

    /// The tokens that go before, between and after two texts. Immutable.
    record Pair(List<Integer> before, List<Integer> between, List<Integer> after) {

        Pair {
            before = List.copyOf(before);
            between = List.copyOf(between);
            after = List.copyOf(after);
        }

        private Pair within(Pair outer) {
            return new Pair(
                    joined(outer.before, before),
                    joined(between, outer.between),
                    joined(after, outer.after));
        }
    }

    static Frame none() {
        return new Frame(
                List.of(), List.of(), Optional.of(new Pair(List.of(), List.of(), List.of())));
    }

    static Frame read(JsonNode node, Entries entries) {
        if (node.isNull() || node.isMissingNode()) {
            return none();
        }
        Fields fields = Fields.of(node, "post_processor");
        return switch (fields.type()) {
            case "Sequence" -> {
                Frame frame = none();
                for (Fields part : fields.objects("processors")) {
                    frame = frame.within(read(part.node(), entries));
                }
                yield frame;
            }
            case "ByteLevel" -> none();
            case "BertProcessing" -> classifier(fields, entries, 1);
            case "RobertaProcessing" -> classifier(fields, entries, 2);
            case "TemplateProcessing" -> template(fields, entries);
            default ->
                    throw fields.unsupported(
                            "'%s' is not supported".formatted(Fields.shown(fields.type())));
        };
    }

    private Frame within(Frame outer) {
        return new Frame(
                joined(outer.before, before),
                joined(after, outer.after),
                pair.flatMap(inner -> outer.pair.map(inner::within)));
    }

    private static List<Integer> joined(List<Integer> first, List<Integer> second) {
        List<Integer> all = new ArrayList<>(first);
        all.addAll(second);
        return all;
    }

    /// A classifier token before texts, a separator after each, and some between two.
    private static Frame classifier(Fields fields, Entries entries, int separators) {
        List<Integer> before = List.of(named(fields, "cls", entries));
        int separator = named(fields, "sep", entries);
        List<Integer> after = List.of(separator);
        return new Frame(
                before,
                after,
                Optional.of(new Pair(before, Collections.nCopies(separators, separator), after)));
    }

    private static int named(Fields fields, String name, Entries entries) {
        JsonNode pair = fields.node().path(name);
        return requireId(pair.path(1), entries, name);
    }

    private static int requireId(JsonNode id, Entries entries, String what) {
        if (!id.isIntegralNumber()
                || !id.canConvertToLong()
                || id.longValue() < 0
                || id.longValue() >= entries.size()) {
            throw Fields.corrupt(
                    "the id of '%s' in the post_processor is %s, expected 0 to %d"
                            .formatted(
                                    Fields.shown(what),
                                    Fields.shown(id.toString()),
                                    entries.size() - 1));
        }
        return id.intValue();
    }

    private static Frame template(Fields fields, Entries entries) {
        List<List<Integer>> single = stretches(fields, fields.objects("single"), entries);
        if (single.size() > 2) {
            throw fields.unsupported("the text occurs twice in its template");
        }
        if (single.size() < 2) {
            throw fields.unsupported("the text does not occur in its template");
        }
        return new Frame(single.getFirst(), single.getLast(), pair(fields, entries));
    }

    private static Optional<Pair> pair(Fields fields, Entries entries) {
        List<Fields> parts = fields.has("pair") ? fields.objects("pair") : List.of();
        List<String> texts =
                parts.stream()
                        .filter(part -> part.has(TEXT))
                        .map(part -> part.node().path(TEXT).path("id").asString(""))
                        .toList();
        if (!texts.equals(List.of("A", "B"))) {
            return Optional.empty();
        }
        List<List<Integer>> around = stretches(fields, parts, entries);
        return Optional.of(new Pair(around.get(0), around.get(1), around.get(2)));
    }

    /// The tokens of a template up to its first text, from there to the next, and so on.
    private static List<List<Integer>> stretches(
            Fields fields, List<Fields> parts, Entries entries) {
        List<List<Integer>> stretches = new ArrayList<>();
        stretches.add(new ArrayList<>());
        for (Fields part : parts) {
            if (part.has(TEXT)) {
                stretches.add(new ArrayList<>());
                continue;
            }
            String name = Fields.of(part.node().path("SpecialToken"), "template").string("id");
            for (JsonNode id : fields.node().path("special_tokens").path(name).path("ids")) {
                stretches.getLast().add(requireId(id, entries, name));
            }
        }
        return stretches;
    }
}
