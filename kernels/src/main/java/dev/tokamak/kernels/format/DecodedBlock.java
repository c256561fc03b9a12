package dev.tokamak.kernels.format;

/// Where the parts of a block of a file go. Confined to one thread.
final class DecodedBlock {

    /// Weights that share a scale.
    static final int PART = 16;

    /// An integer for each weight, or its number in the codebook.
    final byte[] quants;

    /// An integer factor for each part.
    final byte[] subScales;

    /// A scale for each part, all factors multiplied.
    final float[] scales;

    /// What is added to the scaled weights of each part.
    final float[] minimums;

    /// What scales are multiples of.
    float factor;

    /// What minimums are multiples of.
    float minimumFactor;

    DecodedBlock(int elements) {
        this.quants = new byte[elements];
        this.subScales = new byte[elements / PART];
        this.scales = new float[elements / PART];
        this.minimums = new float[elements / PART];
    }

    int parts() {
        return scales.length;
    }

    /// Makes scales of the sub-scales, exactly: a factor has 11 bits, a sub-scale at most 8.
    void scaleBySubScales(float unit) {
        float scaled = unit * factor;
        for (int part = 0; part < scales.length; part++) {
            scales[part] = scaled * subScales[part];
        }
    }
}
