package dev.tokamak.models.template;

import java.util.Map;

/// A compiled chat template. Thread-safe.
public interface ChatTemplate {

    /// Renders a conversation.
    ///
    /// @param variables what the template sees at top level: `messages` (list of maps), `tools` (list of maps or null),
    ///     `add_generation_prompt`, `bos_token`, `eos_token` and any others; values are strings, booleans, longs,
    ///     doubles, lists, maps (in order) or null
    /// @throws dev.tokamak.models.ModelException with code TEMPLATE when the template refuses the conversation or fails
    String render(Map<String, ?> variables);
}
