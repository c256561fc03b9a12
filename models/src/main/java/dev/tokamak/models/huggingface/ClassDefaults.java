package dev.tokamak.models.huggingface;

import java.util.List;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What the classes of models take for values that a `config.json` leaves out. Stateless.
final class ClassDefaults {

    private static final String RESOURCE = "class-defaults.json";

    private ClassDefaults() {}

    /// The values of the first of these classes that has some.
    static ObjectNode of(List<String> classes) {
        ObjectNode all = JsonFile.resource(RESOURCE);
        for (String name : classes) {
            if (all.path(name) instanceof ObjectNode values) {
                return values;
            }
        }
        return JsonNodeFactory.instance.objectNode();
    }
}
