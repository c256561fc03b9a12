package dev.tokamak.models.gguf;

import java.util.List;
import java.util.Set;

/// What a GGUF file that is to be written shall say. Immutable.
///
/// @param source metadata to keep
/// @param dropped keys of the source that are left out
/// @param added values that come after those of the source, in place of equal keys there
/// @param tensors in the order of the file; their offsets mean nothing
public record GgufContents(
        Metadata source, Set<String> dropped, MetadataMap added, List<GgufTensor> tensors) {

    public GgufContents {
        dropped = Set.copyOf(dropped);
        tensors = List.copyOf(tensors);
    }

    boolean keeps(String key) {
        return !dropped.contains(key) && !added.contains(key);
    }
}
