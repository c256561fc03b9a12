package dev.tokamak.models.template;

/// Something applied to a value, with further arguments: a filter, a test or a method. Thread-safe.
interface Operation {
    Object apply(Object subject, Arguments arguments, Budget budget);
}
