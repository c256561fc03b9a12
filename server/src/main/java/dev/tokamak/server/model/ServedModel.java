package dev.tokamak.server.model;

import dev.tokamak.engine.Engine;
import dev.tokamak.models.template.ChatTemplate;
import dev.tokamak.models.tokenizer.Tokenizer;
import java.time.Instant;
import java.util.Optional;

/// A model that clients may ask for, with the engine that runs it. Immutable.
///
/// @param name the `model` that clients send
/// @param created when it was loaded
/// @param fingerprint the numerics fingerprint, `system_fingerprint` in responses
/// @param chatTemplate empty when the model only completes text
public record ServedModel(
        String name,
        Instant created,
        String fingerprint,
        Engine engine,
        Tokenizer tokenizer,
        Optional<ChatTemplate> chatTemplate) {}
