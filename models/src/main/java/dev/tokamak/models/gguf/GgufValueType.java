package dev.tokamak.models.gguf;

import java.util.Locale;
import java.util.Optional;

/// The kinds of metadata values, in the order of their numbers in the file. Immutable.
public enum GgufValueType {
    UINT8(1),
    INT8(1),
    UINT16(2),
    INT16(2),
    UINT32(4),
    INT32(4),
    FLOAT32(4),
    BOOL(1),
    STRING(8),
    ARRAY(12),
    UINT64(8),
    INT64(8),
    FLOAT64(8);

    private final int minimumBytes;

    GgufValueType(int minimumBytes) {
        this.minimumBytes = minimumBytes;
    }

    /// The bytes of a value, or of its length where that varies.
    int minimumBytes() {
        return minimumBytes;
    }

    boolean isWhole() {
        return switch (this) {
            case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 -> true;
            case FLOAT32, BOOL, STRING, ARRAY, FLOAT64 -> false;
        };
    }

    boolean isDecimal() {
        return this == FLOAT32 || this == FLOAT64;
    }

    /// The name in messages, for example `uint32`.
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<GgufValueType> of(int id) {
        GgufValueType[] types = values();
        return id >= 0 && id < types.length ? Optional.of(types[id]) : Optional.empty();
    }
}
