package dev.tokamak.models.template;

import dev.tokamak.models.template.Expression.ArgumentList;
import dev.tokamak.models.template.Expression.Comparand;
import dev.tokamak.models.template.Expression.Keyword;
import dev.tokamak.models.template.Token.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads expressions, with Jinja's precedence: conditional, or, and, not, comparison, `+ -`, `~`, `* / // %`, `**`,
/// sign, then subscripts, calls, filters and tests. Confined to one compilation.
final class ExpressionParser {

    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

    private final TokenCursor cursor;
    private Set<String> namesRead = new HashSet<>();
    private int depth;

    ExpressionParser(TokenCursor cursor) {
        this.cursor = cursor;
    }

    /// Starts a fresh record of the names that are read, and returns the one until now.
    Set<String> swapNamesRead(Set<String> names) {
        Set<String> previous = namesRead;
        namesRead = names;
        return previous;
    }

    Expression expression() {
        enter();
        Expression value = or();
        while (cursor.skipName("if")) {
            Expression condition = or();
            Expression otherwise = cursor.skipName("else") ? expression() : null;
            value = new Expression.Conditional(condition, value, otherwise);
        }
        depth--;
        return value;
    }

    private void enter() {
        depth++;
        if (depth > Budget.MAX_NESTING) {
            throw new TemplateFailure(
                    "an expression exceeds the limit of " + Budget.MAX_NESTING + " nested levels");
        }
    }

    /// Reads one expression or, with commas, a tuple.
    Expression expressionOrTuple() {
        Expression first = expression();
        return cursor.isOperator(",") ? tupleAfter(first) : first;
    }

    /// Reads what a loop runs over, where `if` begins the loop's condition.
    Expression expressionWithoutConditional() {
        Expression first = or();
        return cursor.isOperator(",") ? tupleAfter(first) : first;
    }

    private Expression tupleAfter(Expression first) {
        List<Expression> items = new ArrayList<>(List.of(first));
        while (cursor.skipOperator(",")) {
            if (isTupleEnd()) {
                break;
            }
            items.add(expression());
        }
        return new Expression.TupleOf(List.copyOf(items));
    }

    private boolean isTupleEnd() {
        Kind kind = cursor.current().kind();
        return kind == Kind.VARIABLE_END || kind == Kind.BLOCK_END || cursor.isOperator(")");
    }

    private Expression or() {
        Expression left = and();
        while (cursor.skipName("or")) {
            left = new Expression.Or(left, and());
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        while (cursor.skipName("and")) {
            left = new Expression.And(left, not());
        }
        return left;
    }

    private Expression not() {
        if (!cursor.skipName("not")) {
            return comparison();
        }
        enter();
        Expression operand = not();
        depth--;
        return new Expression.Not(operand);
    }

    private Expression comparison() {
        Expression first = sum();
        List<Comparand> rest = new ArrayList<>();
        while (true) {
            Token token = cursor.current();
            if (token.kind() == Kind.OPERATOR && COMPARISONS.contains(token.text())) {
                cursor.take();
                rest.add(new Comparand(token.text(), sum()));
            } else if (cursor.skipName("in")) {
                rest.add(new Comparand("in", sum()));
            } else if (token.isName("not") && cursor.following().isName("in")) {
                cursor.take();
                cursor.take();
                rest.add(new Comparand("not in", sum()));
            } else {
                return rest.isEmpty() ? first : new Expression.Comparison(first, List.copyOf(rest));
            }
        }
    }

    private Expression sum() {
        Expression left = concatenation();
        while (cursor.isOperator("+") || cursor.isOperator("-")) {
            left = new Expression.Arithmetic(left, cursor.take().text(), concatenation());
        }
        return left;
    }

    private Expression concatenation() {
        Expression first = product();
        if (!cursor.isOperator("~")) {
            return first;
        }
        List<Expression> parts = new ArrayList<>(List.of(first));
        while (cursor.skipOperator("~")) {
            parts.add(product());
        }
        return new Expression.Concatenation(List.copyOf(parts));
    }

    private Expression product() {
        Expression left = power();
        while (cursor.isOperator("*")
                || cursor.isOperator("/")
                || cursor.isOperator("//")
                || cursor.isOperator("%")) {
            left = new Expression.Arithmetic(left, cursor.take().text(), power());
        }
        return left;
    }

    private Expression power() {
        Expression left = signed(true);
        while (cursor.skipOperator("**")) {
            left = new Expression.Arithmetic(left, "**", signed(true));
        }
        return left;
    }

    private Expression signed(boolean takesFilters) {
        enter();
        Expression value;
        if (cursor.skipOperator("-")) {
            value = new Expression.Negative(signed(false));
        } else if (cursor.skipOperator("+")) {
            value = new Expression.Positive(signed(false));
        } else {
            value = primary();
        }
        value = postfixed(value);
        depth--;
        return takesFilters ? filteredAndTested(value) : value;
    }

    private Expression primary() {
        Token token = cursor.take();
        return switch (token.kind()) {
            case NAME -> name(token.text());
            case STRING -> new Expression.Literal(adjacentStrings(token.text()));
            case INTEGER -> new Expression.Literal(Numbers.ofLiteral(token.text()));
            case FLOAT -> new Expression.Literal(Double.parseDouble(token.text()));
            case OPERATOR -> bracketed(token);
            case TEXT, VARIABLE_BEGIN, VARIABLE_END, BLOCK_BEGIN, BLOCK_END, END ->
                    throw new TemplateFailure("expected an expression, got " + token.describe());
        };
    }

    private Expression name(String name) {
        return switch (name) {
            case "true", "True" -> new Expression.Literal(true);
            case "false", "False" -> new Expression.Literal(false);
            case "none", "None" -> new Expression.Literal(None.NONE);
            default -> {
                namesRead.add(name);
                yield new Expression.Name(name);
            }
        };
    }

    private String adjacentStrings(String first) {
        StringBuilder text = new StringBuilder(first);
        while (cursor.current().kind() == Kind.STRING) {
            text.append(cursor.take().text());
        }
        return text.toString();
    }

    private Expression bracketed(Token token) {
        return switch (token.text()) {
            case "(" -> {
                if (cursor.skipOperator(")")) {
                    yield new Expression.TupleOf(List.of());
                }
                Expression value = expressionOrTuple();
                cursor.expectOperator(")");
                yield value;
            }
            case "[" -> new Expression.ListOf(listItems());
            case "{" -> dict();
            default -> throw new TemplateFailure("expected an expression, got " + token.describe());
        };
    }

    private List<Expression> listItems() {
        List<Expression> items = new ArrayList<>();
        while (!cursor.skipOperator("]")) {
            if (!items.isEmpty()) {
                cursor.expectOperator(",");
                if (cursor.skipOperator("]")) {
                    break;
                }
            }
            items.add(expression());
        }
        return List.copyOf(items);
    }

    private Expression dict() {
        List<Expression.Pair> pairs = new ArrayList<>();
        while (!cursor.skipOperator("}")) {
            if (!pairs.isEmpty()) {
                cursor.expectOperator(",");
                if (cursor.skipOperator("}")) {
                    break;
                }
            }
            Expression key = expression();
            cursor.expectOperator(":");
            pairs.add(new Expression.Pair(key, expression()));
        }
        return new Expression.DictOf(List.copyOf(pairs));
    }

    private Expression postfixed(Expression start) {
        Expression value = start;
        while (true) {
            if (cursor.skipOperator(".")) {
                value = member(value);
            } else if (cursor.skipOperator("[")) {
                value = subscript(value);
            } else if (cursor.isOperator("(")) {
                value = new Expression.Call(value, arguments());
            } else {
                return value;
            }
        }
    }

    private Expression member(Expression target) {
        Token token = cursor.take();
        return switch (token.kind()) {
            case NAME -> new Expression.Attribute(target, token.text());
            case INTEGER ->
                    new Expression.Subscript(
                            target, new Expression.Literal(Numbers.ofLiteral(token.text())));
            default ->
                    throw new TemplateFailure("expected name or number, got " + token.describe());
        };
    }

    private Expression subscript(Expression target) {
        Expression start = cursor.isOperator(":") ? null : expressionOrTuple();
        if (start != null && cursor.skipOperator("]")) {
            return new Expression.Subscript(target, start);
        }
        cursor.expectOperator(":");
        Expression stop = sliceBound();
        Expression step = cursor.skipOperator(":") ? sliceBound() : null;
        cursor.expectOperator("]");
        return new Expression.Slice(target, start, stop, step);
    }

    private @Nullable Expression sliceBound() {
        return cursor.isOperator(":") || cursor.isOperator("]") ? null : expression();
    }

    private Expression filteredAndTested(Expression start) {
        Expression value = start;
        while (true) {
            if (cursor.isOperator("|")) {
                value = filters(value);
            } else if (cursor.skipName("is")) {
                value = test(value);
            } else if (cursor.isOperator("(")) {
                value = new Expression.Call(value, arguments());
            } else {
                return value;
            }
        }
    }

    /// Reads `| name(…)` as often as it follows.
    Expression filters(Expression start) {
        Expression value = start;
        while (cursor.skipOperator("|")) {
            value = filter(value);
        }
        return value;
    }

    /// Reads `name(…)`, a filter without its bar.
    Expression filter(Expression value) {
        String name = dottedName();
        ArgumentList arguments = cursor.isOperator("(") ? arguments() : ArgumentList.EMPTY;
        return new Expression.Filtered(value, name, arguments);
    }

    private String dottedName() {
        StringBuilder name = new StringBuilder(cursor.expect(Kind.NAME, "a name").text());
        while (cursor.skipOperator(".")) {
            name.append('.').append(cursor.expect(Kind.NAME, "a name").text());
        }
        return name.toString();
    }

    private Expression test(Expression value) {
        boolean isNegated = cursor.skipName("not");
        String name = dottedName();
        ArgumentList arguments = ArgumentList.EMPTY;
        if (cursor.isOperator("(")) {
            arguments = arguments();
        } else if (isTestArgument()) {
            arguments = new ArgumentList(List.of(postfixed(primary())), List.of());
        }
        Expression test = new Expression.Tested(value, name, arguments);
        return isNegated ? new Expression.Not(test) : test;
    }

    private boolean isTestArgument() {
        Token token = cursor.current();
        return switch (token.kind()) {
            case STRING, INTEGER, FLOAT -> true;
            case OPERATOR -> token.text().equals("[") || token.text().equals("{");
            case NAME -> {
                if (token.text().equals("is")) {
                    throw new TemplateFailure("tests cannot be chained with 'is'");
                }
                yield !Set.of("else", "or", "and", "if", "in", "not").contains(token.text());
            }
            case TEXT, VARIABLE_BEGIN, VARIABLE_END, BLOCK_BEGIN, BLOCK_END, END -> false;
        };
    }

    /// Reads the parenthesised arguments of a call.
    ArgumentList arguments() {
        cursor.expectOperator("(");
        List<Expression> positional = new ArrayList<>();
        List<Keyword> named = new ArrayList<>();
        while (!cursor.skipOperator(")")) {
            if (!positional.isEmpty() || !named.isEmpty()) {
                cursor.expectOperator(",");
                if (cursor.skipOperator(")")) {
                    break;
                }
            }
            if (cursor.current().kind() == Kind.NAME && cursor.following().isOperator("=")) {
                String name = cursor.take().text();
                cursor.take();
                named.add(new Keyword(name, expression()));
            } else if (named.isEmpty()) {
                positional.add(expression());
            } else {
                throw new TemplateFailure("a positional argument follows a keyword argument");
            }
        }
        return new ArgumentList(List.copyOf(positional), List.copyOf(named));
    }
}
