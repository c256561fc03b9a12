package dev.tokamak.models.template;

import dev.tokamak.models.ModelException;
import java.time.Clock;
import java.util.List;
import java.util.Map;

/// The statements of a template, ready to be executed for each conversation. Immutable.
record CompiledTemplate(List<Statement> statements, Clock clock) implements ChatTemplate {

    @Override
    public String render(Map<String, ?> variables) {
        Interpreter interpreter = new Interpreter();
        try {
            Map<String, Object> globals = Globals.of(clock);
            globals.putAll(ImportedValues.variables(variables));
            return interpreter.capture(statements, Scope.of(globals).inner());
        } catch (TemplateFailure failure) {
            throw failure.atLine(interpreter.line());
        } catch (StackOverflowError error) {
            throw new ModelException(
                    ModelException.Code.TEMPLATE,
                    "template line "
                            + interpreter.line()
                            + ": expressions nest too deeply for the stack",
                    error);
        }
    }
}
