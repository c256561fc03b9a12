package dev.tokamak.models.gguf;

import java.util.Locale;
import java.util.Optional;

/// The kinds of metadata values, in the order of their numbers in the file. Immutable.
public enum GgufValueType {
    UINT8(0, 1),
    INT8(1, 1),
    UINT16(2, 2),
    INT16(3, 2),
    UINT32(4, 4),
    INT32(5, 4),
    FLOAT32(6, 4),
    BOOL(7, 1),
    STRING(8, 8),
    ARRAY(9, 12),
    UINT64(10, 8),
    INT64(11, 8),
    FLOAT64(12, 8);

    private final int id;
    private final int minimumBytes;

    GgufValueType(int id, int minimumBytes) {
        this.id = id;
        this.minimumBytes = minimumBytes;
    }

    /// The number in the file.
    int id() {
        return id;
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
