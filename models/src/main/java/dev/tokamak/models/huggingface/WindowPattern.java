package dev.tokamak.models.huggingface;

import java.util.function.IntPredicate;

/// The layers that see a window, as `sliding_window_pattern` says: a number for all but each n-th, or letters that repeat, `L`
/// for a window; the usual number where it says nothing. Immutable.
record WindowPattern(ModelConfig config, int usual) implements IntPredicate {

    private static final String LETTERS = "sliding_window_pattern";

    @Override
    public boolean test(int layer) {
        if (config.node().path(LETTERS).isString()) {
            String letters = config.string(LETTERS).orElse("");
            if (letters.isEmpty()) {
                throw config.unsupported(LETTERS);
            }
            return letters.charAt(layer % letters.length()) == 'L';
        }
        long period = config.optionalInteger(LETTERS, "_" + LETTERS).orElse(usual);
        return period == 0 || (layer + 1) % period != 0;
    }
}
