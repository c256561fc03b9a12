package dev.tokamak.server.openai.wire;

import dev.tokamak.server.model.ServerException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What every generation request may say about the answer as a whole. Immutable.
///
/// @param model null asks for the only model
/// @param returnSampling whether the answer states the sampling parameters that took effect
/// @param ignored paths of fields that have no effect here, known or not
public record CommonFields(
        @Nullable String model,
        int choices,
        StreamFields stream,
        boolean returnSampling,
        List<Warning> ignored) {

    /// How the answer is delivered. Immutable.
    public record StreamFields(boolean enabled, boolean includeUsage) {

        static StreamFields read(JsonFields fields) {
            boolean enabled = fields.flag("stream");
            JsonFields options = fields.object("stream_options");
            if (options == null) {
                return new StreamFields(enabled, false);
            }
            if (!enabled) {
                throw ServerException.invalid(
                        fields.pathOf("stream_options"),
                        "stream_options is only allowed when stream is true");
            }
            return new StreamFields(true, options.flag("include_usage"));
        }
    }

    /// Call after all other fields have been read: what is left is unknown.
    static CommonFields read(JsonFields fields, List<String> unused) {
        String model = fields.text("model");
        Integer choices = fields.integer("n");
        StreamFields stream = StreamFields.read(fields);
        boolean returnSampling = fields.flag("return_sampling");
        boolean strict = fields.flag("strict");
        List<Warning> ignored = new ArrayList<>();
        for (String name : unused) {
            if (fields.value(name) != null) {
                ignored.add(new Warning(name, "accepted, but has no effect here"));
            }
        }
        for (String name : fields.unread()) {
            ignored.add(new Warning(name, "unknown field, ignored"));
        }
        if (strict && !ignored.isEmpty()) {
            Warning first = ignored.getFirst();
            throw ServerException.invalid(
                    first.field(), first.field() + ": " + first.message() + " (strict is true)");
        }
        return new CommonFields(
                model, choices == null ? 1 : choices, stream, returnSampling, ignored);
    }
}
