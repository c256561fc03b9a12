package dev.tokamak.models.huggingface;

import dev.tokamak.models.gguf.GgmlType;
import java.util.Arrays;
import java.util.Optional;

/// The kinds of elements in safetensors files. Immutable.
enum ElementType {
    BOOL(GgmlType.I8),
    U8(GgmlType.I8),
    I8(GgmlType.I8),
    F8_E4M3(GgmlType.I8),
    F8_E5M2(GgmlType.I8),
    F8_E8M0(GgmlType.I8),
    U16(GgmlType.I16),
    I16(GgmlType.I16),
    F16(GgmlType.F16),
    BF16(GgmlType.BF16),
    U32(GgmlType.I32),
    I32(GgmlType.I32),
    F32(GgmlType.F32),
    U64(GgmlType.I64),
    I64(GgmlType.I64),
    F64(GgmlType.F64);

    private final GgmlType storage;

    ElementType(GgmlType storage) {
        this.storage = storage;
    }

    /// The type of GGUF files with elements as long, the same one for floats that both know.
    GgmlType storage() {
        return storage;
    }

    int bytes() {
        return storage.blockBytes();
    }

    static Optional<ElementType> of(String name) {
        return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
    }
}
