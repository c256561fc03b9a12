package dev.tokamak.models.tokenizer.huggingface;

import dev.tokamak.models.ModelException;

/// Changes a text before it is cut into words. Thread-safe.
@FunctionalInterface
interface Normaliser {

    /// No normal form makes more than 18 characters of one.
    long MOST_GROWTH = 20;

    int MOST_ADDED = 1_000;

    String apply(String text);

    default Normaliser then(Normaliser next) {
        Normaliser both = text -> next.apply(apply(text));
        return both.bounded();
    }

    /// The same, which fails where a text grows more than Unicode's own normal forms make it.
    private Normaliser bounded() {
        return text -> {
            String result = apply(text);
            if (result.length() > MOST_GROWTH * text.length() + MOST_ADDED) {
                throw new ModelException(
                        ModelException.Code.UNSUPPORTED,
                        "the tokenizer's normalizer makes %d characters of %d"
                                .formatted(result.length(), text.length()));
            }
            return result;
        };
    }
}
