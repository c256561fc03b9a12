package dev.tokamak.models.convert;

import dev.tokamak.kernels.quantize.TargetType;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;

/// A wish for the type of all tensors in whose name a regular expression is found. Immutable.
public record TensorOverride(Pattern pattern, TargetType type) {

    /// Reads `PATTERN=TYPE`, for example `ffn_down=Q6_K`.
    ///
    /// @throws IllegalArgumentException when it is not of that form
    public static TensorOverride parse(String text) {
        int equals = text.lastIndexOf('=');
        if (equals < 1) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not of the form PATTERN=TYPE, for example ffn_down=Q6_K");
        }
        String name = text.substring(equals + 1).toUpperCase(Locale.ROOT);
        TargetType type =
                Arrays.stream(TargetType.values())
                        .filter(candidate -> candidate.name().equals(name))
                        .findFirst()
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "'%s' is not a tensor type; types: %s"
                                                        .formatted(name, typeNames())));
        try {
            return new TensorOverride(Pattern.compile(text.substring(0, equals)), type);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "'%s' is not a regular expression: %s"
                            .formatted(e.getPattern(), e.getDescription()),
                    e);
        }
    }

    boolean appliesTo(String tensor) {
        return pattern.matcher(tensor).find();
    }

    private static String typeNames() {
        return Arrays.stream(TargetType.values())
                .map(TargetType::name)
                .collect(Collectors.joining(", "));
    }
}
