package dev.tokamak.models.template;

import dev.tokamak.models.template.Statement.Parameter;
import dev.tokamak.models.template.Statement.Signature;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A macro, or the body of a call block, with the variables it was defined among. Confined to one rendering.
final class Macro implements Function {

    private final String name;
    private final Signature signature;
    private final List<Statement> body;
    private final Scope closure;
    private final Interpreter interpreter;

    Macro(
            String name,
            Signature signature,
            List<Statement> body,
            Scope closure,
            Interpreter interpreter) {
        this.name = name;
        this.signature = signature;
        this.body = body;
        this.closure = closure;
        this.interpreter = interpreter;
    }

    String name() {
        return name;
    }

    @Override
    public Object call(Arguments arguments, Budget budget) {
        Scope scope = closure.inner();
        Map<String, Object> named = new LinkedHashMap<>(arguments.named());
        Object caller = named.remove("caller");
        scope.assign("caller", caller == null ? new Undefined("No caller defined") : caller);
        bindParameters(arguments.positional(), named, scope);
        bindRest(arguments.positional(), named, scope);
        budget.enterMacro();
        String text = interpreter.capture(body, scope);
        budget.leaveMacro();
        return text;
    }

    private void bindParameters(List<Object> positional, Map<String, Object> named, Scope scope) {
        List<Parameter> parameters = signature.parameters();
        for (int index = 0; index < parameters.size(); index++) {
            Parameter parameter = parameters.get(index);
            Object value = named.remove(parameter.name());
            if (index < positional.size()) {
                if (value != null) {
                    throw failure("got multiple values for argument '" + parameter.name() + "'");
                }
                value = positional.get(index);
            }
            if (value == null && parameter.fallback() != null) {
                value = interpreter.evaluate(parameter.fallback(), scope);
            }
            if (value == null) {
                value = new Undefined("parameter '" + parameter.name() + "' was not provided");
            }
            scope.assign(parameter.name(), value);
        }
    }

    private void bindRest(List<Object> positional, Map<String, Object> named, Scope scope) {
        int taken = Math.min(signature.parameters().size(), positional.size());
        List<Object> more = new ArrayList<>(positional.subList(taken, positional.size()));
        if (!more.isEmpty() && !signature.takesMore()) {
            throw failure("takes not more than " + signature.parameters().size() + " argument(s)");
        }
        if (!named.isEmpty() && !signature.takesMoreNamed()) {
            throw failure("takes no keyword argument '" + named.keySet().iterator().next() + "'");
        }
        if (signature.takesMore()) {
            scope.assign("varargs", new Tuple(more));
        }
        if (signature.takesMoreNamed()) {
            scope.assign("kwargs", named);
        }
    }

    private TemplateFailure failure(String problem) {
        return new TemplateFailure("macro '" + name + "' " + problem);
    }
}
