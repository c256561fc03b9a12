package dev.tokamak.models.template;

import dev.tokamak.models.template.Token.Kind;
import java.util.List;

/// A position in the tokens of a template. Confined to one compilation.
final class TokenCursor {

    private final List<Token> tokens;
    private int position;

    TokenCursor(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token current() {
        return tokens.get(position);
    }

    Token following() {
        return tokens.get(Math.min(position + 1, tokens.size() - 1));
    }

    int line() {
        return current().line();
    }

    /// Returns the current token and moves on; the last token stays.
    Token take() {
        Token token = current();
        if (token.kind() != Kind.END) {
            position++;
        }
        return token;
    }

    boolean isOperator(String symbol) {
        return current().isOperator(symbol);
    }

    boolean isName(String name) {
        return current().isName(name);
    }

    boolean skipOperator(String symbol) {
        boolean isThere = isOperator(symbol);
        if (isThere) {
            position++;
        }
        return isThere;
    }

    boolean skipName(String name) {
        boolean isThere = isName(name);
        if (isThere) {
            position++;
        }
        return isThere;
    }

    void expectOperator(String symbol) {
        if (!skipOperator(symbol)) {
            throw unexpected("'" + symbol + "'");
        }
    }

    void expectName(String name) {
        if (!skipName(name)) {
            throw unexpected("'" + name + "'");
        }
    }

    Token expect(Kind kind, String description) {
        if (current().kind() != kind) {
            throw unexpected(description);
        }
        return take();
    }

    TemplateFailure unexpected(String expected) {
        return new TemplateFailure("expected " + expected + ", got " + current().describe());
    }
}
