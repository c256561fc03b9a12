package dev.tokamak.models.template;

import dev.tokamak.models.template.Statement.Branch;
import dev.tokamak.models.template.Statement.Parameter;
import dev.tokamak.models.template.Statement.Signature;
import dev.tokamak.models.template.Statement.Target;
import dev.tokamak.models.template.Token.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Reads the statements of a template. Confined to one compilation.
final class StatementParser {

    private final TokenCursor cursor;
    private final ExpressionParser expressions;
    private int depth;
    private int loopDepth;

    StatementParser(TokenCursor cursor) {
        this.cursor = cursor;
        this.expressions = new ExpressionParser(cursor);
    }

    List<Statement> template() {
        return statementsUntil(Set.of());
    }

    /// Reads statements up to a tag with one of these names, and leaves the cursor at the name.
    private List<Statement> statementsUntil(Set<String> ends) {
        depth++;
        if (depth > Budget.MAX_NESTING) {
            throw new TemplateFailure(
                    "blocks exceed the limit of " + Budget.MAX_NESTING + " nested levels");
        }
        List<Statement> statements = new ArrayList<>();
        while (true) {
            Token token = cursor.take();
            switch (token.kind()) {
                case TEXT -> statements.add(new Statement.Text(token.line(), token.text()));
                case VARIABLE_BEGIN -> statements.add(output(token.line()));
                case BLOCK_BEGIN -> {
                    if (ends.contains(cursor.current().text())) {
                        depth--;
                        return List.copyOf(statements);
                    }
                    statements.add(statement());
                }
                default -> {
                    if (token.kind() != Kind.END || !ends.isEmpty()) {
                        throw new TemplateFailure(
                                "unexpected "
                                        + token.describe()
                                        + ", expected one of "
                                        + Set.copyOf(ends));
                    }
                    return List.copyOf(statements);
                }
            }
        }
    }

    /// Reads the body of a block and its end tag.
    private List<Statement> bodyUntil(String end) {
        List<Statement> body = statementsUntil(Set.of(end));
        cursor.take();
        endBlock();
        return body;
    }

    private void endBlock() {
        cursor.expect(Kind.BLOCK_END, "end of statement block");
    }

    private Statement output(int line) {
        Expression value = expressions.expressionOrTuple();
        cursor.expect(Kind.VARIABLE_END, "end of print statement");
        return new Statement.Output(line, value);
    }

    private Statement statement() {
        Token name = cursor.expect(Kind.NAME, "a tag name");
        int line = name.line();
        return switch (name.text()) {
            case "if" -> conditional(line);
            case "for" -> loop(line);
            case "set" -> set(line);
            case "macro" -> macro(line);
            case "call" -> call(line);
            case "filter" -> filter(line);
            case "with" -> with(line);
            case "generation" -> generation(line);
            case "break" -> {
                requireLoop("break");
                yield new Statement.Break(line);
            }
            case "continue" -> {
                requireLoop("continue");
                yield new Statement.Continue(line);
            }
            default -> throw new TemplateFailure("unknown tag '" + name.text() + "'");
        };
    }

    private void requireLoop(String tag) {
        if (loopDepth == 0) {
            throw new TemplateFailure("'" + tag + "' outside of a loop");
        }
        endBlock();
    }

    private Statement conditional(int line) {
        List<Branch> branches = new ArrayList<>();
        List<Statement> otherwise = List.of();
        String tag = "if";
        while (!tag.equals("endif")) {
            if (tag.equals("else")) {
                endBlock();
                otherwise = statementsUntil(Set.of("endif"));
            } else {
                Expression condition = expressions.expressionOrTuple();
                endBlock();
                branches.add(
                        new Branch(condition, statementsUntil(Set.of("elif", "else", "endif"))));
            }
            tag = cursor.take().text();
        }
        endBlock();
        return new Statement.If(line, List.copyOf(branches), otherwise);
    }

    private Statement loop(int line) {
        Target target = target();
        cursor.expectName("in");
        Expression iterable = expressions.expressionWithoutConditional();
        Expression condition = cursor.skipName("if") ? expressions.expression() : null;
        if (cursor.isName("recursive")) {
            throw new TemplateFailure("recursive loops are not supported");
        }
        endBlock();
        loopDepth++;
        List<Statement> body = statementsUntil(Set.of("else", "endfor"));
        loopDepth--;
        List<Statement> otherwise = List.of();
        if (cursor.take().text().equals("else")) {
            endBlock();
            otherwise = bodyUntil("endfor");
        } else {
            endBlock();
        }
        return new Statement.For(line, target, iterable, condition, body, otherwise);
    }

    private Target target() {
        Target first = singleTarget();
        if (!cursor.isOperator(",")) {
            return first;
        }
        List<Target> targets = new ArrayList<>(List.of(first));
        while (cursor.skipOperator(",")) {
            if (cursor.isName("in") || cursor.isOperator("=") || cursor.isOperator(")")) {
                break;
            }
            targets.add(singleTarget());
        }
        return new Target.Several(List.copyOf(targets));
    }

    private Target singleTarget() {
        if (cursor.skipOperator("(")) {
            Target target = target();
            cursor.expectOperator(")");
            return target;
        }
        String name = cursor.expect(Kind.NAME, "a name").text();
        if (cursor.skipOperator(".")) {
            return new Target.Member(name, cursor.expect(Kind.NAME, "a name").text());
        }
        return new Target.Variable(name);
    }

    private Statement set(int line) {
        Target target = target();
        if (cursor.skipOperator("=")) {
            Expression value = expressions.expressionOrTuple();
            endBlock();
            return new Statement.Set(line, target, value);
        }
        Expression filters = expressions.filters(Statement.BODY);
        endBlock();
        return new Statement.SetBlock(line, target, filters, bodyUntil("endset"));
    }

    private Statement macro(int line) {
        String name = cursor.expect(Kind.NAME, "a macro name").text();
        List<Parameter> parameters = parameters();
        endBlock();
        MacroBody macro = macroBody(parameters, "endmacro");
        return new Statement.DefineMacro(line, name, macro.signature(), macro.body());
    }

    private record MacroBody(Signature signature, List<Statement> body) {}

    private MacroBody macroBody(List<Parameter> parameters, String end) {
        int outerLoops = loopDepth;
        loopDepth = 0;
        Set<String> outerNames = expressions.swapNamesRead(new HashSet<>());
        List<Statement> body = bodyUntil(end);
        Set<String> names = expressions.swapNamesRead(outerNames);
        loopDepth = outerLoops;
        outerNames.addAll(names);
        Signature signature =
                new Signature(parameters, names.contains("varargs"), names.contains("kwargs"));
        return new MacroBody(signature, body);
    }

    private List<Parameter> parameters() {
        List<Parameter> parameters = new ArrayList<>();
        cursor.expectOperator("(");
        while (!cursor.skipOperator(")")) {
            if (!parameters.isEmpty()) {
                cursor.expectOperator(",");
            }
            String name = cursor.expect(Kind.NAME, "a parameter name").text();
            Expression fallback = cursor.skipOperator("=") ? expressions.expression() : null;
            parameters.add(new Parameter(name, fallback));
        }
        return List.copyOf(parameters);
    }

    private Statement call(int line) {
        List<Parameter> parameters = cursor.isOperator("(") ? parameters() : List.of();
        if (!(expressions.expression() instanceof Expression.Call call)) {
            throw new TemplateFailure("expected a call");
        }
        endBlock();
        MacroBody macro = macroBody(parameters, "endcall");
        return new Statement.CallBlock(line, call, macro.signature(), macro.body());
    }

    private Statement filter(int line) {
        Expression filters = expressions.filters(expressions.filter(Statement.BODY));
        endBlock();
        return new Statement.FilterBlock(line, filters, bodyUntil("endfilter"));
    }

    private Statement with(int line) {
        List<Statement.Set> variables = new ArrayList<>();
        while (cursor.current().kind() != Kind.BLOCK_END) {
            if (!variables.isEmpty()) {
                cursor.expectOperator(",");
            }
            Target target = singleTarget();
            cursor.expectOperator("=");
            variables.add(new Statement.Set(line, target, expressions.expression()));
        }
        endBlock();
        return new Statement.Scoped(line, List.copyOf(variables), bodyUntil("endwith"));
    }

    private Statement generation(int line) {
        endBlock();
        return new Statement.Scoped(line, List.of(), bodyUntil("endgeneration"));
    }
}
