package dev.tokamak.models.store;

import dev.tokamak.models.ModelException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a user means on the model hub: `hf:OWNER/REPOSITORY`, or with `:` the file or quantisation wanted of it. Immutable.
record HubReference(String repository, Optional<String> wanted) {

    private static final String PREFIX = "hf:";
    private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,95}";
    private static final Pattern FORM =
            Pattern.compile("hf:(" + NAME + "/" + NAME + ")(?::([^:]{1,200}))?");

    /// Whether a name is meant to be one of the hub.
    static boolean isMeant(String name) {
        return name.startsWith(PREFIX);
    }

    /// @throws ModelException NOT_FOUND when it is malformed
    static HubReference parse(String name) {
        Matcher matcher = FORM.matcher(name);
        if (!matcher.matches() || name.contains("..")) {
            throw new ModelException(
                    ModelException.Code.NOT_FOUND,
                    "'%s' names no model of the hub, expected hf:OWNER/REPOSITORY or hf:OWNER/REPOSITORY:FILE-OR-QUANTISATION"
                            .formatted(name));
        }
        return new HubReference(matcher.group(1), Optional.ofNullable(matcher.group(2)));
    }

    /// The name of one model in the repository.
    String named(String label) {
        return PREFIX + repository + ":" + label;
    }

    @Override
    public String toString() {
        return PREFIX + repository + wanted.map(text -> ":" + text).orElse("");
    }
}
