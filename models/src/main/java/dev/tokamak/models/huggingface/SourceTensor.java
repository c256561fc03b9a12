package dev.tokamak.models.huggingface;

import dev.tokamak.models.gguf.GgmlType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// A tensor that lies in a file or is computed from others when it is asked for. Thread-safe.
interface SourceTensor {

    /// What messages call it.
    String name();

    GgmlType type();

    /// Sizes, slowest running first: a matrix is `[rows, columns]`.
    List<Long> shape();

    /// Makes ready to read elements.
    ///
    /// @param owner the arena until whose end they can be read
    ElementReader open(Arena owner);

    /// The bytes in GGUF's layout, as many as [#sizeBytes].
    ///
    /// @param owner the arena at whose end the memory goes back
    default MemorySegment map(Arena owner) {
        MemorySegment target = owner.allocate(sizeBytes(), Long.BYTES);
        try (Arena reading = Arena.ofConfined()) {
            open(reading).read(0, elements(), target, 0);
        }
        return target;
    }

    default long elements() {
        return shape().stream().reduce(1L, Math::multiplyExact);
    }

    default long sizeBytes() {
        return bytes(elements());
    }

    /// The bytes of so many elements that follow one another.
    default long bytes(long elements) {
        return elements / type().blockElements() * type().blockBytes();
    }

    /// The number of vectors along the fastest running dimension.
    default long rows() {
        return columns() == 0 ? 0 : elements() / columns();
    }

    default long columns() {
        return shape().isEmpty() ? 1 : shape().getLast();
    }
}
