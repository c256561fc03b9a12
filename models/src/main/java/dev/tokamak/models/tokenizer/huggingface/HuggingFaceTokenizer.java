package dev.tokamak.models.tokenizer.huggingface;

import dev.tokamak.models.tokenizer.Tokenizer;
import java.util.Map;
import java.util.Optional;

/// The tokenizer of a Hugging Face directory and the chat templates beside it. Immutable.
///
/// @param chatTemplates all templates by name; the one without a name is called `default`
public record HuggingFaceTokenizer(Tokenizer tokenizer, Map<String, String> chatTemplates) {

    public HuggingFaceTokenizer {
        chatTemplates = Map.copyOf(chatTemplates);
    }

    /// The template for chats without tools.
    public Optional<String> chatTemplate() {
        return Optional.ofNullable(chatTemplates.get(TokenizerFolder.DEFAULT_TEMPLATE));
    }
}
