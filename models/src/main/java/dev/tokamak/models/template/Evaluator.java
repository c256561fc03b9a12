package dev.tokamak.models.template;

import dev.tokamak.models.template.Expression.ArgumentList;
import dev.tokamak.models.template.Expression.Comparand;
import dev.tokamak.models.template.Expression.Keyword;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Computes the values of expressions. Confined to one rendering.
final class Evaluator {

    private final Budget budget;

    Evaluator(Budget budget) {
        this.budget = budget;
    }

    Object evaluate(Expression expression, Scope scope) {
        budget.step();
        return switch (expression) {
            case Expression.Literal literal -> literal.value();
            case Expression.Name name -> scope.lookup(name.name());
            case Expression.ListOf list -> evaluateAll(list.items(), scope);
            case Expression.TupleOf tuple -> new Tuple(evaluateAll(tuple.items(), scope));
            case Expression.DictOf dict -> dict(dict, scope);
            case Expression.Attribute attribute ->
                    Attributes.attribute(evaluate(attribute.target(), scope), attribute.name());
            case Expression.Subscript subscript ->
                    Attributes.item(
                            evaluate(subscript.target(), scope),
                            evaluate(subscript.index(), scope),
                            budget);
            case Expression.Slice slice -> slice(slice, scope);
            case Expression.Call call ->
                    call(evaluate(call.callee(), scope), arguments(call.arguments(), scope));
            case Expression.Filtered filtered ->
                    Filters.apply(
                            filtered.filter(),
                            evaluate(filtered.value(), scope),
                            arguments(filtered.arguments(), scope),
                            budget);
            case Expression.Tested tested ->
                    JinjaTests.apply(
                            tested.test(),
                            evaluate(tested.value(), scope),
                            arguments(tested.arguments(), scope),
                            budget);
            case Expression.Not not -> !Values.isTrue(evaluate(not.operand(), scope));
            case Expression.Negative negative ->
                    Numbers.negate(Operators.requireNumber(evaluate(negative.operand(), scope)));
            case Expression.Positive positive ->
                    Operators.requireNumber(evaluate(positive.operand(), scope));
            case Expression.And and -> {
                Object left = evaluate(and.left(), scope);
                yield Values.isTrue(left) ? evaluate(and.right(), scope) : left;
            }
            case Expression.Or or -> {
                Object left = evaluate(or.left(), scope);
                yield Values.isTrue(left) ? left : evaluate(or.right(), scope);
            }
            case Expression.Arithmetic arithmetic ->
                    Operators.arithmetic(
                            evaluate(arithmetic.left(), scope),
                            arithmetic.operator(),
                            evaluate(arithmetic.right(), scope),
                            budget);
            case Expression.Concatenation concatenation -> concatenation(concatenation, scope);
            case Expression.Comparison comparison -> comparison(comparison, scope);
            case Expression.Conditional conditional -> conditional(conditional, scope);
        };
    }

    private List<Object> evaluateAll(List<Expression> expressions, Scope scope) {
        budget.chargeElements(expressions.size());
        List<Object> values = new ArrayList<>(expressions.size());
        for (Expression expression : expressions) {
            values.add(evaluate(expression, scope));
        }
        return values;
    }

    private Object dict(Expression.DictOf dict, Scope scope) {
        budget.chargeElements(2L * dict.pairs().size());
        Map<Object, Object> map = new LinkedHashMap<>();
        for (Expression.Pair pair : dict.pairs()) {
            Object key = Operators.requireKey(evaluate(pair.key(), scope));
            map.put(key, evaluate(pair.value(), scope));
        }
        return map;
    }

    private Object slice(Expression.Slice slice, Scope scope) {
        Object target = evaluate(slice.target(), scope);
        return Attributes.slice(
                target,
                bound(slice.start(), scope),
                bound(slice.stop(), scope),
                bound(slice.step(), scope),
                budget);
    }

    private @Nullable Long bound(@Nullable Expression expression, Scope scope) {
        if (expression == null) {
            return null;
        }
        Object value = evaluate(expression, scope);
        return value == None.NONE ? null : Values.requireLong(value, "a slice bound");
    }

    Arguments arguments(ArgumentList list, Scope scope) {
        if (list.positional().isEmpty() && list.named().isEmpty()) {
            return Arguments.EMPTY;
        }
        List<Object> positional = new ArrayList<>(list.positional().size());
        for (Expression expression : list.positional()) {
            positional.add(evaluate(expression, scope));
        }
        Map<String, Object> named = new LinkedHashMap<>();
        for (Keyword keyword : list.named()) {
            named.put(keyword.name(), evaluate(keyword.value(), scope));
        }
        return new Arguments(positional, named);
    }

    Object call(Object callee, Arguments arguments) {
        return switch (callee) {
            case Function function -> function.call(arguments, budget);
            case Undefined undefined -> throw new TemplateFailure(undefined.message());
            default ->
                    throw new TemplateFailure(
                            "'" + Values.typeName(callee) + "' object is not callable");
        };
    }

    private Object concatenation(Expression.Concatenation concatenation, Scope scope) {
        StringBuilder text = new StringBuilder();
        for (Expression part : concatenation.parts()) {
            String piece = PythonText.of(evaluate(part, scope), budget);
            budget.charge((long) text.length() + piece.length(), piece.length());
            text.append(piece);
        }
        return text.toString();
    }

    private Object comparison(Expression.Comparison comparison, Scope scope) {
        Object left = evaluate(comparison.first(), scope);
        for (Comparand comparand : comparison.rest()) {
            Object right = evaluate(comparand.operand(), scope);
            if (!Operators.compare(left, comparand.operator(), right, budget)) {
                return false;
            }
            left = right;
        }
        return true;
    }

    private Object conditional(Expression.Conditional conditional, Scope scope) {
        if (Values.isTrue(evaluate(conditional.condition(), scope))) {
            return evaluate(conditional.then(), scope);
        }
        if (conditional.otherwise() == null) {
            return new Undefined(
                    "the inline if-expression evaluated to false and no else section was defined");
        }
        return evaluate(conditional.otherwise(), scope);
    }
}
