package dev.tokamak.kernels.format;

import java.util.Optional;

/// The element types of weight tensors, with the ids and block sizes that GGUF gives them. Immutable.
///
/// A block is the smallest unit that can be decoded by itself: `blockElements` consecutive weights in `blockBytes` bytes.
public enum TensorType {
    F32(0, 1, 4),
    F16(1, 1, 2),
    Q4_0(2, 32, 18),
    Q4_1(3, 32, 20),
    Q5_0(6, 32, 22),
    Q5_1(7, 32, 24),
    Q8_0(8, 32, 34),
    Q4_K(12, 256, 144),
    Q5_K(13, 256, 176),
    Q6_K(14, 256, 210),
    BF16(30, 1, 2);

    private final int id;
    private final int blockElements;
    private final int blockBytes;

    TensorType(int id, int blockElements, int blockBytes) {
        this.id = id;
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
    }

    /// The number that stands for this type in a GGUF file.
    public int id() {
        return id;
    }

    public int blockElements() {
        return blockElements;
    }

    public int blockBytes() {
        return blockBytes;
    }

    /// Whether each weight is a float of its own, so that products are computed in fp32 without quantised activations.
    public boolean isFloat() {
        return blockElements == 1;
    }

    /// Whether a weight is a scaled integer plus a minimum that its neighbours share.
    public boolean hasMinimum() {
        return switch (this) {
            case Q4_1, Q5_1, Q4_K, Q5_K -> true;
            case F32, F16, BF16, Q4_0, Q5_0, Q8_0, Q6_K -> false;
        };
    }

    /// The bytes of this many elements; elements must be a multiple of [#blockElements()].
    public long bytes(long elements) {
        if (elements % blockElements != 0) {
            throw new IllegalArgumentException(
                    elements
                            + " elements are no multiple of the "
                            + blockElements
                            + " elements of a "
                            + this
                            + " block");
        }
        return Math.multiplyExact(elements / blockElements, (long) blockBytes);
    }

    /// The type with this GGUF id, or empty when it is not supported.
    public static Optional<TensorType> of(int id) {
        for (TensorType type : values()) {
            if (type.id == id) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
