package dev.tokamak.models.template;

import java.util.List;

/// What a Python generator would yield (`select`, `map`, …): iterable, always true, neither a list nor a sequence.
/// Immutable.
record Generated(List<Object> items) {}
