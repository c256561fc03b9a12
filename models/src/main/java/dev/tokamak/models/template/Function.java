package dev.tokamak.models.template;

/// A value that a template can call. Confined to one rendering.
interface Function {
    Object call(Arguments arguments, Budget budget);
}
