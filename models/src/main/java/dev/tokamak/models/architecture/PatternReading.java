package dev.tokamak.models.architecture;

import java.util.Optional;
import java.util.function.IntPredicate;

/// Reads which layers are of one kind, said by a period or layer by layer. Confined to one thread.
record PatternReading(Hyperparameters hyperparameters) {

    private static final String SLIDING = "attention.sliding_window_pattern";

    /// The layers that see a window, if the file says which. A period counts from the first layer of an encoder, which sees
    /// everything, but from the last of the first few of a decoder.
    Optional<IntPredicate> sliding(int layerCount, boolean encoder) {
        if (hyperparameters.contains(SLIDING) && !hyperparameters.isArray(SLIDING)) {
            int period = hyperparameters.count(SLIDING, Hyperparameters.MAXIMUM_LAYERS);
            return Optional.of(
                    encoder ? layer -> layer % period != 0 : DecoderOutline.allBut(period));
        }
        return said(SLIDING, layerCount);
    }

    /// The layers for which an array of the file has true, if it has that array.
    Optional<IntPredicate> said(String name, int layerCount) {
        if (!hyperparameters.contains(name)) {
            return Optional.empty();
        }
        String key = hyperparameters.key(name);
        boolean[] pattern = hyperparameters.file().metadata().bools(key);
        if (pattern.length < layerCount) {
            throw hyperparameters
                    .file()
                    .corrupt(
                            "metadata '%s' has %d elements, expected one for each of %d layers"
                                    .formatted(key, pattern.length, layerCount));
        }
        return Optional.of(layer -> pattern[layer]);
    }
}
