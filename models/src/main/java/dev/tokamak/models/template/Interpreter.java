package dev.tokamak.models.template;

import dev.tokamak.models.template.Statement.Branch;
import dev.tokamak.models.template.Statement.Target;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Executes the statements of a template once. Confined to one rendering.
final class Interpreter {

    /// How a statement ended.
    private enum Flow {
        NEXT,
        BREAK,
        CONTINUE
    }

    private final Budget budget = new Budget();
    private final Evaluator evaluator = new Evaluator(budget);
    private StringBuilder output = new StringBuilder();
    private int line = 1;

    /// The line of the statement being executed.
    int line() {
        return line;
    }

    /// Executes statements and returns the text that they write.
    String capture(List<Statement> statements, Scope scope) {
        StringBuilder outerOutput = output;
        int outerLine = line;
        output = new StringBuilder();
        execute(statements, scope);
        String text = output.toString();
        output = outerOutput;
        line = outerLine;
        return text;
    }

    Object evaluate(Expression expression, Scope scope) {
        return evaluator.evaluate(expression, scope);
    }

    private Flow execute(List<Statement> statements, Scope scope) {
        for (Statement statement : statements) {
            Flow flow = execute(statement, scope);
            if (flow != Flow.NEXT) {
                return flow;
            }
        }
        return Flow.NEXT;
    }

    private Flow execute(Statement statement, Scope scope) {
        line = statement.line();
        budget.step();
        return switch (statement) {
            case Statement.Text text -> {
                write(text.text());
                yield Flow.NEXT;
            }
            case Statement.Output print -> {
                write(PythonText.of(evaluate(print.value(), scope), budget));
                yield Flow.NEXT;
            }
            case Statement.If conditional -> executeIf(conditional, scope);
            case Statement.For loop -> executeLoop(loop, scope);
            case Statement.Set set -> {
                assign(set.target(), evaluate(set.value(), scope), scope);
                yield Flow.NEXT;
            }
            case Statement.SetBlock set -> {
                assign(set.target(), filtered(set.filters(), set.body(), scope), scope);
                yield Flow.NEXT;
            }
            case Statement.FilterBlock filter -> {
                write(PythonText.of(filtered(filter.filters(), filter.body(), scope), budget));
                yield Flow.NEXT;
            }
            case Statement.DefineMacro define -> {
                Macro macro =
                        new Macro(define.name(), define.signature(), define.body(), scope, this);
                scope.assign(define.name(), macro);
                yield Flow.NEXT;
            }
            case Statement.CallBlock call -> {
                executeCall(call, scope);
                yield Flow.NEXT;
            }
            case Statement.Scoped scoped -> executeScoped(scoped, scope);
            case Statement.Break _ -> Flow.BREAK;
            case Statement.Continue _ -> Flow.CONTINUE;
        };
    }

    private void write(String text) {
        budget.charge((long) output.length() + text.length(), text.length());
        output.append(text);
    }

    private Flow executeIf(Statement.If conditional, Scope scope) {
        for (Branch branch : conditional.branches()) {
            if (Values.isTrue(evaluate(branch.condition(), scope))) {
                return execute(branch.body(), scope);
            }
        }
        return execute(conditional.otherwise(), scope);
    }

    private Flow executeLoop(Statement.For loop, Scope scope) {
        List<Object> items = loopItems(loop, scope);
        if (items.isEmpty()) {
            return execute(loop.otherwise(), scope.inner());
        }
        int depth = scope.lookup("loop") instanceof LoopState outer ? outer.depth() + 1 : 1;
        LoopState state = new LoopState(items, depth);
        for (int index = 0; index < items.size(); index++) {
            budget.step();
            Scope inner = scope.inner();
            assign(loop.target(), state.advance(), inner);
            inner.assign("loop", state);
            if (execute(loop.body(), inner) == Flow.BREAK) {
                break;
            }
        }
        return Flow.NEXT;
    }

    private List<Object> loopItems(Statement.For loop, Scope scope) {
        List<Object> items = Values.iterate(evaluate(loop.iterable(), scope), budget);
        if (loop.condition() == null) {
            return items;
        }
        List<Object> kept = new ArrayList<>();
        for (Object item : items) {
            Scope inner = scope.inner();
            assign(loop.target(), item, inner);
            if (Values.isTrue(evaluate(loop.condition(), inner))) {
                kept.add(item);
            }
        }
        budget.chargeElements(kept.size());
        return kept;
    }

    private Object filtered(Expression filters, List<Statement> body, Scope scope) {
        Scope inner = scope.inner();
        String text = capture(body, inner);
        inner.assign(Statement.BODY.name(), text);
        return evaluate(filters, inner);
    }

    private void executeCall(Statement.CallBlock block, Scope scope) {
        Macro caller = new Macro("caller", block.signature(), block.body(), scope, this);
        Arguments arguments = evaluator.arguments(block.call().arguments(), scope);
        Map<String, Object> named = new LinkedHashMap<>(arguments.named());
        named.put("caller", caller);
        Object callee = evaluate(block.call().callee(), scope);
        Object result = evaluator.call(callee, new Arguments(arguments.positional(), named));
        write(PythonText.of(result, budget));
    }

    private Flow executeScoped(Statement.Scoped scoped, Scope scope) {
        Scope inner = scope.inner();
        for (Statement.Set variable : scoped.variables()) {
            assign(variable.target(), evaluate(variable.value(), scope), inner);
        }
        return execute(scoped.body(), inner);
    }

    private void assign(Target target, Object value, Scope scope) {
        switch (target) {
            case Target.Variable variable -> scope.assign(variable.name(), value);
            case Target.Member member -> {
                if (!(scope.lookup(member.namespace()) instanceof Namespace namespace)) {
                    throw new TemplateFailure(
                            "cannot assign attribute '"
                                    + member.name()
                                    + "' on '"
                                    + member.namespace()
                                    + "', which is not a namespace");
                }
                namespace.attributes().put(member.name(), value);
            }
            case Target.Several several -> unpack(several.targets(), value, scope);
        }
    }

    private void unpack(List<Target> targets, Object value, Scope scope) {
        List<Object> items = Values.iterate(value, budget);
        if (items.size() != targets.size()) {
            throw new TemplateFailure(
                    "cannot unpack " + items.size() + " values into " + targets.size() + " names");
        }
        for (int index = 0; index < items.size(); index++) {
            assign(targets.get(index), items.get(index), scope);
        }
    }
}
