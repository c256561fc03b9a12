package dev.tokamak.models.tokenizer.huggingface;

/// Changes a text before it is cut into words. Thread-safe.
@FunctionalInterface
interface Normaliser {

    String apply(String text);

    default Normaliser then(Normaliser next) {
        return text -> next.apply(apply(text));
    }
}
