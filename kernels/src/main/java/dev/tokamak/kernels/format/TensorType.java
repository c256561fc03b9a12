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
    Q2_K(10, 256, 84),
    Q3_K(11, 256, 110),
    Q4_K(12, 256, 144),
    Q5_K(13, 256, 176),
    Q6_K(14, 256, 210),
    IQ2_XXS(16, 256, 66),
    IQ2_XS(17, 256, 74),
    IQ3_XXS(18, 256, 98),
    IQ1_S(19, 256, 50),
    IQ4_NL(20, 32, 18),
    IQ3_S(21, 256, 110),
    IQ2_S(22, 256, 82),
    IQ4_XS(23, 256, 136),
    IQ1_M(29, 256, 56),
    BF16(30, 1, 2),
    TQ1_0(34, 256, 54),
    TQ2_0(35, 256, 66),
    MXFP4(39, 32, 17),
    NVFP4(40, 64, 36),
    Q1_0(41, 128, 18),
    Q2_0(42, 64, 18);

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
            case Q4_1, Q5_1, Q2_K, Q4_K, Q5_K -> true;
            case F32, F16, BF16, Q4_0, Q5_0, Q8_0, Q3_K, Q6_K -> false;
            case IQ1_S, IQ1_M, IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S, IQ4_NL, IQ4_XS -> false;
            case TQ1_0, TQ2_0, MXFP4, NVFP4, Q1_0, Q2_0 -> false;
        };
    }

    /// The integers that a weight can be before it is scaled, for types with at most 16 of them that are not simply the bits
    /// of the file; empty for all others.
    public Optional<Codebook> codebook() {
        return switch (this) {
            case F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K, Q6_K -> Optional.empty();
            case Q2_K -> Optional.of(Codebook.UNSIGNED_2_BITS);
            case Q3_K -> Optional.of(Codebook.SIGNED_3_BITS);
            case IQ1_S, IQ1_M -> Optional.of(Codebook.TERNARY_EIGHTHS);
            case IQ2_XXS, IQ2_XS, IQ2_S -> Optional.of(Codebook.THREE_MAGNITUDES);
            case IQ3_XXS -> Optional.of(Codebook.EIGHT_MAGNITUDES);
            case IQ3_S -> Optional.of(Codebook.ODD_MAGNITUDES);
            case IQ4_NL, IQ4_XS -> Optional.of(Codebook.NON_LINEAR);
            case MXFP4, NVFP4 -> Optional.of(Codebook.FOUR_BIT_FLOATS);
            case TQ1_0, TQ2_0, Q2_0 -> Optional.of(Codebook.TERNARY);
            case Q1_0 -> Optional.of(Codebook.SIGNS);
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
