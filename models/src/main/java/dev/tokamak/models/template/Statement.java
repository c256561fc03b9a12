package dev.tokamak.models.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Something in a template that writes text or changes a variable. Immutable.
sealed interface Statement {

    /// The line of the template where the statement begins.
    int line();

    record Text(int line, String text) implements Statement {}

    record Output(int line, Expression value) implements Statement {}

    record If(int line, List<Branch> branches, List<Statement> otherwise) implements Statement {}

    record Branch(Expression condition, List<Statement> body) {}

    record For(
            int line,
            Target target,
            Expression iterable,
            @Nullable Expression condition,
            List<Statement> body,
            List<Statement> otherwise)
            implements Statement {}

    record Set(int line, Target target, Expression value) implements Statement {}

    /// `{% set name | filters %}…{% endset %}`; the filters apply to the name [#BODY].
    record SetBlock(int line, Target target, Expression filters, List<Statement> body)
            implements Statement {}

    /// `{% filter name %}…{% endfilter %}`; the filters apply to the name [#BODY].
    record FilterBlock(int line, Expression filters, List<Statement> body) implements Statement {}

    record DefineMacro(int line, String name, Signature signature, List<Statement> body)
            implements Statement {}

    record CallBlock(int line, Expression.Call call, Signature signature, List<Statement> body)
            implements Statement {}

    /// A body with variables of its own: `{% with %}` and `{% generation %}`.
    record Scoped(int line, List<Set> variables, List<Statement> body) implements Statement {}

    record Break(int line) implements Statement {}

    record Continue(int line) implements Statement {}

    /// The name under which filters of a block see its text; no template can write it.
    Expression.Name BODY = new Expression.Name("(body)");

    /// What a macro takes; `takesMore` and `takesMoreNamed` when its body reads `varargs` and `kwargs`.
    record Signature(List<Parameter> parameters, boolean takesMore, boolean takesMoreNamed) {}

    record Parameter(String name, @Nullable Expression fallback) {}

    /// Where a value is put.
    sealed interface Target {
        record Variable(String name) implements Target {}

        record Member(String namespace, String name) implements Target {}

        record Several(List<Target> targets) implements Target {}
    }
}
