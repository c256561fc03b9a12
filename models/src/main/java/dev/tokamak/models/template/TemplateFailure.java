package dev.tokamak.models.template;

import dev.tokamak.models.ModelException;

/// An error inside a template on its way to the place that knows the line number. Confined to this package: callers
/// see [ModelException].
final class TemplateFailure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    TemplateFailure(String message) {
        super(message);
    }

    /// Returns the error for the caller, with the line of the template that failed.
    ModelException atLine(int line) {
        return new ModelException(
                ModelException.Code.TEMPLATE, "template line " + line + ": " + getMessage(), this);
    }
}
