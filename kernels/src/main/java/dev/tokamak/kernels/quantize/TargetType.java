package dev.tokamak.kernels.quantize;

import java.util.Optional;

/// A tensor type that floats can be turned into, with the id and block size that GGUF gives it. Immutable.
public enum TargetType {
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
    IQ4_NL(20, 32, 18),
    IQ4_XS(23, 256, 136),
    BF16(30, 1, 2),
    MXFP4(39, 32, 17);

    private final int id;
    private final int blockElements;
    private final int blockBytes;

    TargetType(int id, int blockElements, int blockBytes) {
        this.id = id;
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
    }

    /// The number that stands for this type in a GGUF file.
    public int id() {
        return id;
    }

    /// Consecutive weights that are written together; rows must be a multiple.
    public int blockElements() {
        return blockElements;
    }

    public int blockBytes() {
        return blockBytes;
    }

    /// Whether each weight stays a float of its own.
    public boolean isFloat() {
        return blockElements == 1;
    }

    /// Whether rows of this length consist of whole blocks.
    public boolean fits(long columns) {
        return columns % blockElements == 0;
    }

    /// The bytes of a row, whose length must consist of whole blocks.
    public int rowBytes(int columns) {
        if (!fits(columns)) {
            throw new IllegalArgumentException(
                    "a row of %d weights is no multiple of the %d in a block of %s"
                            .formatted(columns, blockElements, this));
        }
        return Math.multiplyExact(columns / blockElements, blockBytes);
    }

    BlockWriter writer() {
        return switch (this) {
            case F32 -> FloatBlocks::f32;
            case F16 -> FloatBlocks::f16;
            case BF16 -> FloatBlocks::bf16;
            case Q4_0 -> new SmallBlocks(4, false);
            case Q4_1 -> new SmallBlocks(4, true);
            case Q5_0 -> new SmallBlocks(5, false);
            case Q5_1 -> new SmallBlocks(5, true);
            case Q8_0 -> EightBitBlocks::write;
            case Q2_K -> new TwoBitBlocks();
            case Q3_K -> new ThreeBitBlocks();
            case Q4_K -> new MinimumSuperBlocks(4);
            case Q5_K -> new MinimumSuperBlocks(5);
            case Q6_K -> new SixBitBlocks();
            case IQ4_NL -> new NonLinearBlocks(1);
            case IQ4_XS -> new NonLinearBlocks(8);
            case MXFP4 -> MicroscalingBlocks::write;
        };
    }

    /// The type with this GGUF id, or empty when nothing can be turned into it.
    public static Optional<TargetType> of(int id) {
        for (TargetType type : values()) {
            if (type.id == id) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
