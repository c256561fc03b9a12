package dev.tokamak.models.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Something in a template that has a value. Immutable.
sealed interface Expression {

    record Literal(Object value) implements Expression {}

    record Name(String name) implements Expression {}

    record ListOf(List<Expression> items) implements Expression {}

    record TupleOf(List<Expression> items) implements Expression {}

    record DictOf(List<Pair> pairs) implements Expression {}

    record Pair(Expression key, Expression value) {}

    record Attribute(Expression target, String name) implements Expression {}

    record Subscript(Expression target, Expression index) implements Expression {}

    record Slice(
            Expression target,
            @Nullable Expression start,
            @Nullable Expression stop,
            @Nullable Expression step)
            implements Expression {}

    record Call(Expression callee, ArgumentList arguments) implements Expression {}

    record Filtered(Expression value, String filter, ArgumentList arguments)
            implements Expression {}

    record Tested(Expression value, String test, ArgumentList arguments) implements Expression {}

    record Not(Expression operand) implements Expression {}

    record Negative(Expression operand) implements Expression {}

    record Positive(Expression operand) implements Expression {}

    record And(Expression left, Expression right) implements Expression {}

    record Or(Expression left, Expression right) implements Expression {}

    record Arithmetic(Expression left, String operator, Expression right) implements Expression {}

    /// The `~` operator over two or more parts.
    record Concatenation(List<Expression> parts) implements Expression {}

    /// A chain such as `a < b <= c`.
    record Comparison(Expression first, List<Comparand> rest) implements Expression {}

    record Comparand(String operator, Expression operand) {}

    record Conditional(Expression condition, Expression then, @Nullable Expression otherwise)
            implements Expression {}

    record ArgumentList(List<Expression> positional, List<Keyword> named) {
        static final ArgumentList EMPTY = new ArgumentList(List.of(), List.of());
    }

    record Keyword(String name, Expression value) {}
}
