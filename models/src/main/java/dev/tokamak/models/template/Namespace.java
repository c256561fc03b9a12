package dev.tokamak.models.template;

import java.util.Map;

/// What `namespace()` makes: attributes that `{% set ns.name = … %}` can change from any scope. Confined to one
/// rendering.
record Namespace(Map<String, Object> attributes) {}
