package dev.tokamak.models.tokenizer;

import dev.tokamak.models.ModelException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// What a model file says about its vocabulary, by GGUF key. Absent arrays are empty.
interface VocabularySource {

    boolean contains(String key);

    Optional<String> string(String key);

    OptionalLong integer(String key);

    Optional<Boolean> bool(String key);

    List<String> strings(String key);

    int[] integers(String key);

    float[] floats(String key);

    byte[] bytes(String key);

    /// An error about the contents of the file.
    ModelException corrupt(String what);

    /// An error about something valid that cannot be run.
    ModelException unsupported(String what);
}
