package dev.tokamak.kernels.format;

import static dev.tokamak.kernels.format.LittleEndian.half;
import static dev.tokamak.kernels.format.LittleEndian.intAt;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Takes blocks of integer weights apart into their integers and scales, one block at a time. Confined to one thread.
///
/// A weight is `scale * integer`, or `scale * integer + minimum` for types with a minimum. Sixteen weights share a scale and
/// a minimum. What these are made from can be had too: a scale is `unit * factor * subScale` where there are sub-scales.
public final class BlockDecoder {

    /// Weights that share a scale once decoded.
    public static final int PART_ELEMENTS = DecodedBlock.PART;

    private final TensorType type;
    private final @Nullable Codebook codebook;
    private final float unit;
    private final DecodedBlock block;
    private final byte[] quants;
    private final float[] scales;
    private final float[] minimums;

    /// A decoder of this type, which must not be a float type.
    public BlockDecoder(TensorType type) {
        if (type.isFloat()) {
            throw new IllegalArgumentException(type + " has no blocks of integers");
        }
        this.type = type;
        this.codebook = type.codebook().orElse(null);
        this.unit = codebook == null ? 1f : codebook.unit();
        this.block = new DecodedBlock(type.blockElements());
        this.quants = block.quants;
        this.scales = block.scales;
        this.minimums = block.minimums;
    }

    /// The integers of the last block, one for each weight, or their numbers in the codebook of a type that has one;
    /// overwritten by the next.
    public byte[] quants() {
        return quants;
    }

    /// The integer that a number among [#quants()] stands for.
    public int integer(int quant) {
        return codebook == null ? quant : codebook.value(quant);
    }

    /// The scales of the last block, one for 16 weights; overwritten by the next.
    public float[] scales() {
        return scales;
    }

    /// What is added to 16 scaled weights each, zeros for types without; overwritten by the next block.
    public float[] minimums() {
        return minimums;
    }

    /// The integer factors of 16 weights each, for types with a codebook that have them; overwritten by the next block. In
    /// `Q2_K` the lower four bits belong to the scale and the upper four to the minimum.
    public byte[] subScales() {
        return block.subScales;
    }

    /// What the scales of the last block are multiples of, for types with a codebook and one factor.
    public float factor() {
        return block.factor;
    }

    /// What the minimums of the last block are multiples of, negated; for `Q2_K`.
    public float minimumFactor() {
        return block.minimumFactor;
    }

    /// Decodes the block at this offset.
    public void decode(byte[] source, int offset) {
        switch (type) {
            case Q4_0 -> {
                Arrays.fill(scales, half(source, offset));
                fourBits(source, offset + 2, -8);
            }
            case Q4_1 -> {
                Arrays.fill(scales, half(source, offset));
                Arrays.fill(minimums, half(source, offset + 2));
                fourBits(source, offset + 4, 0);
            }
            case Q5_0 -> {
                Arrays.fill(scales, half(source, offset));
                fiveBits(source, offset + 2, -16);
            }
            case Q5_1 -> {
                Arrays.fill(scales, half(source, offset));
                Arrays.fill(minimums, half(source, offset + 2));
                fiveBits(source, offset + 4, 0);
            }
            case Q8_0 -> {
                Arrays.fill(scales, half(source, offset));
                System.arraycopy(source, offset + 2, quants, 0, quants.length);
            }
            case Q4_K -> {
                sixBitScales(source, offset);
                fourBitsOfSuperBlock(source, offset + 16);
            }
            case Q5_K -> {
                sixBitScales(source, offset);
                fourBitsOfSuperBlock(source, offset + 48);
                fifthBits(source, offset + 16);
            }
            case Q6_K -> decodeQ6K(source, offset);
            case Q2_K -> SmallBlocks.q2K(source, offset, block);
            case TQ1_0 -> SmallBlocks.tq1(source, offset, block);
            case TQ2_0 -> SmallBlocks.tq2(source, offset, block);
            case Q1_0 -> SmallBlocks.q1(source, offset, block);
            case Q2_0 -> SmallBlocks.q2(source, offset, block);
            case IQ4_NL -> SmallBlocks.iq4Nl(source, offset, block);
            case MXFP4 -> SmallBlocks.mxfp4(source, offset, block);
            case NVFP4 -> SmallBlocks.nvfp4(source, offset, block);
            case Q3_K, IQ1_S, IQ1_M, IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S, IQ4_XS ->
                    decodeWithSubScales(source, offset);
            case F32, F16, BF16 -> throw new AssertionError(type);
        }
    }

    private void decodeWithSubScales(byte[] source, int offset) {
        switch (type) {
            case Q3_K -> SmallBlocks.q3K(source, offset, block);
            case IQ1_S -> GridBlocks.iq1S(source, offset, block);
            case IQ1_M -> GridBlocks.iq1M(source, offset, block);
            case IQ2_XXS -> GridBlocks.iq2Xxs(source, offset, block);
            case IQ2_XS -> GridBlocks.iq2Xs(source, offset, block);
            case IQ2_S -> GridBlocks.iq2S(source, offset, block);
            case IQ3_XXS -> GridBlocks.iq3Xxs(source, offset, block);
            case IQ3_S -> GridBlocks.iq3S(source, offset, block);
            case IQ4_XS -> SmallBlocks.iq4Xs(source, offset, block);
            default -> throw new AssertionError(type);
        }
        block.scaleBySubScales(unit);
    }

    /// Writes the weights of the last block as floats.
    public void floats(float[] output, int outputOffset) {
        boolean hasMinimum = type.hasMinimum();
        for (int i = 0; i < quants.length; i++) {
            int part = i / PART_ELEMENTS;
            float weight = scales[part] * integer(quants[i]);
            output[outputOffset + i] = hasMinimum ? weight + minimums[part] : weight;
        }
    }

    private void fourBits(byte[] source, int offset, int bias) {
        for (int i = 0; i < 16; i++) {
            int pair = source[offset + i];
            quants[i] = (byte) ((pair & 15) + bias);
            quants[i + 16] = (byte) ((pair >> 4 & 15) + bias);
        }
    }

    private void fiveBits(byte[] source, int offset, int bias) {
        int high = intAt(source, offset);
        for (int i = 0; i < 16; i++) {
            int pair = source[offset + 4 + i];
            quants[i] = (byte) (((pair & 15) | (high >>> i & 1) << 4) + bias);
            quants[i + 16] = (byte) (((pair >> 4 & 15) | (high >>> (i + 16) & 1) << 4) + bias);
        }
    }

    /// Eight scales and minimums of six bits each in twelve bytes, times the two fp16 factors before them.
    private void sixBitScales(byte[] source, int offset) {
        float scale = half(source, offset);
        float minimum = half(source, offset + 2);
        int packed = offset + 4;
        for (int i = 0; i < 4; i++) {
            int low = source[packed + i];
            int middle = source[packed + 4 + i];
            int high = source[packed + 8 + i];
            sixBitScale(i, scale * (low & 63), minimum * (middle & 63));
            sixBitScale(
                    i + 4,
                    scale * ((high & 15) | (low >> 6 & 3) << 4),
                    minimum * ((high >> 4 & 15) | (middle >> 6 & 3) << 4));
        }
    }

    private void sixBitScale(int pair, float scale, float minimum) {
        Arrays.fill(scales, 2 * pair, 2 * pair + 2, scale);
        Arrays.fill(minimums, 2 * pair, 2 * pair + 2, -minimum);
    }

    private void fourBitsOfSuperBlock(byte[] source, int offset) {
        for (int part = 0; part < 4; part++) {
            for (int i = 0; i < 32; i++) {
                int pair = source[offset + part * 32 + i];
                quants[part * 64 + i] = (byte) (pair & 15);
                quants[part * 64 + 32 + i] = (byte) (pair >> 4 & 15);
            }
        }
    }

    private void fifthBits(byte[] source, int offset) {
        for (int part = 0; part < 8; part++) {
            for (int i = 0; i < 32; i++) {
                quants[part * 32 + i] |= (byte) ((source[offset + i] >> part & 1) << 4);
            }
        }
    }

    private void decodeQ6K(byte[] source, int offset) {
        for (int part = 0; part < 2; part++) {
            int low = offset + part * 64;
            int high = offset + 128 + part * 32;
            int out = part * 128;
            for (int i = 0; i < 32; i++) {
                int first = source[low + i];
                int second = source[low + 32 + i];
                int top = source[high + i];
                quants[out + i] = (byte) (((first & 15) | (top & 3) << 4) - 32);
                quants[out + 32 + i] = (byte) (((second & 15) | (top >> 2 & 3) << 4) - 32);
                quants[out + 64 + i] = (byte) (((first >> 4 & 15) | (top >> 4 & 3) << 4) - 32);
                quants[out + 96 + i] = (byte) (((second >> 4 & 15) | (top >> 6 & 3) << 4) - 32);
            }
        }
        float scale = half(source, offset + 208);
        for (int part = 0; part < scales.length; part++) {
            scales[part] = scale * source[offset + 192 + part];
        }
    }
}
