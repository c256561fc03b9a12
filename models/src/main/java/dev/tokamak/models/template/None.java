package dev.tokamak.models.template;

/// Python's `None`; inside the interpreter no value is Java's null. Immutable.
enum None {
    NONE
}
