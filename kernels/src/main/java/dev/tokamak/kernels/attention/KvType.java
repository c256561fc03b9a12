package dev.tokamak.kernels.attention;

/// The element type of cached keys and values. Part of the numerics fingerprint.
public enum KvType {
    /// Half the memory; values that overflow are clamped to ±65,504.
    F16("f16", Short.BYTES),
    /// Nothing is rounded, for models that compute in fp32 throughout.
    F32("f32", Float.BYTES);

    private final String label;
    private final int elementBytes;

    KvType(String label, int elementBytes) {
        this.label = label;
        this.elementBytes = elementBytes;
    }

    /// The name in fingerprints and messages.
    public String label() {
        return label;
    }

    public int elementBytes() {
        return elementBytes;
    }
}
