package dev.tokamak.models.tokenizer.huggingface;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// The tokens that go before and after a text (`post_processor`). Immutable.
record Frame(List<Integer> before, List<Integer> after) {

    Frame {
        before = List.copyOf(before);
        after = List.copyOf(after);
    }

    static Frame none() {
        return new Frame(List.of(), List.of());
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
            case "BertProcessing", "RobertaProcessing" ->
                    new Frame(
                            List.of(pair(fields, "cls", entries)),
                            List.of(pair(fields, "sep", entries)));
            case "TemplateProcessing" -> template(fields, entries);
            default ->
                    throw fields.unsupported(
                            "'%s' is not supported".formatted(Fields.shown(fields.type())));
        };
    }

    private Frame within(Frame outer) {
        List<Integer> first = new ArrayList<>(outer.before);
        first.addAll(before);
        List<Integer> last = new ArrayList<>(after);
        last.addAll(outer.after);
        return new Frame(first, last);
    }

    private static int pair(Fields fields, String name, Entries entries) {
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
        List<Integer> before = new ArrayList<>();
        List<Integer> after = new ArrayList<>();
        boolean passed = false;
        for (Fields part : fields.objects("single")) {
            if (part.has("Sequence")) {
                if (passed) {
                    throw fields.unsupported("the text occurs twice in its template");
                }
                passed = true;
            } else {
                String name = Fields.of(part.node().path("SpecialToken"), "template").string("id");
                JsonNode token = fields.node().path("special_tokens").path(name);
                for (JsonNode id : token.path("ids")) {
                    (passed ? after : before).add(requireId(id, entries, name));
                }
            }
        }
        if (!passed) {
            throw fields.unsupported("the text does not occur in its template");
        }
        return new Frame(before, after);
    }
}
