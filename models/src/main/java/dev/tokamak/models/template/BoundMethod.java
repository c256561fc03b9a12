package dev.tokamak.models.template;

/// A method looked up on a value, for example `text.strip`. Immutable.
record BoundMethod(Object subject, Operation operation) implements Function {

    @Override
    public Object call(Arguments arguments, Budget budget) {
        Object plain = Markup.plain(subject);
        budget.scan(plain);
        Object result = operation.apply(plain, Markup.plain(arguments), budget);
        return Markup.like(subject, result);
    }
}
