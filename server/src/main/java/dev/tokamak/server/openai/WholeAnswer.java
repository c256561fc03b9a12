package dev.tokamak.server.openai;

import tools.jackson.databind.node.ObjectNode;

/// An answer that is sent when everything is known.
interface WholeAnswer extends GenerationListener {

    /// The body, once all generations have completed.
    ObjectNode json();

    @Override
    default void silence() {}
}
