package dev.tokamak.models.gguf;

/// What no honest file exceeds: bounds on what a hostile one can make the reader hold on the heap.
final class GgufLimits {

    static final int METADATA_ENTRIES = 1 << 16;
    static final int TENSORS = 1 << 18;
    static final int KEY_BYTES = 1 << 10;
    static final int TENSOR_NAME_BYTES = 1 << 8;
    static final int STRING_BYTES = 1 << 26;
    static final int ARRAY_STRINGS = 1 << 22;
    static final int ARRAY_NUMBERS = 1 << 27;
    static final int DIMENSIONS = 4;
    static final int ALIGNMENT_BYTES = 1 << 20;

    private GgufLimits() {}
}
