package dev.tokamak.models.template;

/// A piece of a template's source. Immutable.
record Token(Kind kind, String text, int line) {

    enum Kind {
        TEXT,
        VARIABLE_BEGIN,
        VARIABLE_END,
        BLOCK_BEGIN,
        BLOCK_END,
        NAME,
        STRING,
        INTEGER,
        FLOAT,
        OPERATOR,
        END
    }

    boolean isOperator(String symbol) {
        return kind == Kind.OPERATOR && text.equals(symbol);
    }

    boolean isName(String name) {
        return kind == Kind.NAME && text.equals(name);
    }

    /// Names the token as error messages do.
    String describe() {
        return switch (kind) {
            case TEXT -> "text";
            case VARIABLE_BEGIN -> "'{{'";
            case VARIABLE_END -> "end of print statement";
            case BLOCK_BEGIN -> "'{%'";
            case BLOCK_END -> "end of statement block";
            case STRING -> "a string";
            case NAME, INTEGER, FLOAT, OPERATOR -> "'" + text + "'";
            case END -> "end of template";
        };
    }
}
