package dev.tokamak.models.template;

/// The value of a name or attribute that does not exist: prints as nothing, is false, and fails with its message when
/// it is used. Immutable.
record Undefined(String message) {

    static Undefined name(String name) {
        return new Undefined("'" + name + "' is undefined");
    }

    static Undefined attribute(Object target, String name) {
        return new Undefined("'" + Values.describe(target) + "' has no attribute '" + name + "'");
    }

    static Undefined element(Object target, Object index) {
        return new Undefined(Values.describe(target) + " has no element " + index);
    }
}
