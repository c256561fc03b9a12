package dev.tokamak.models.template;

import dev.tokamak.models.ModelException;
import java.time.Clock;
import java.time.ZoneId;

/// Compiles chat templates written in Jinja. Thread-safe.
public final class ChatTemplates {

    private static final int MAX_SOURCE_CHARS = 1 << 20;

    private ChatTemplates() {}

    /// Compiles a template whose `strftime_now` reads the clock of this machine.
    ///
    /// @throws ModelException with code TEMPLATE when the template is malformed or too long
    public static ChatTemplate compile(String source) {
        return compile(source, Clock.system(ZoneId.systemDefault()));
    }

    /// Compiles a template whose `strftime_now` reads this clock.
    ///
    /// @throws ModelException with code TEMPLATE when the template is malformed or too long
    public static ChatTemplate compile(String source, Clock clock) {
        if (source.length() > MAX_SOURCE_CHARS) {
            throw new ModelException(
                    ModelException.Code.TEMPLATE,
                    "a template of "
                            + source.length()
                            + " characters exceeds the limit of "
                            + MAX_SOURCE_CHARS);
        }
        TokenCursor cursor = new TokenCursor(Lexer.tokens(source));
        try {
            return new CompiledTemplate(new StatementParser(cursor).template(), clock);
        } catch (TemplateFailure failure) {
            throw failure.atLine(cursor.line());
        }
    }
}
