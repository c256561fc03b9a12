package dev.tokamak.models.huggingface;

import java.util.List;
import java.util.function.UnaryOperator;

/// A family of Hugging Face models. Immutable.
///
/// @param architecture what GGUF files call it
/// @param classes what its configurations call it in `architectures`
/// @param outline says how it becomes GGUF
record HubFamily(
        String architecture, List<String> classes, UnaryOperator<ConversionOutline> outline) {

    HubFamily {
        classes = List.copyOf(classes);
    }

    static HubFamily of(
            String architecture, UnaryOperator<ConversionOutline> outline, String... classes) {
        return new HubFamily(architecture, List.of(classes), outline);
    }
}
