package dev.tokamak.models.gguf;

import dev.tokamak.models.ModelException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The key-value pairs of a GGUF file. Values are decoded when asked for, so a big vocabulary costs nothing until it is
/// used. Thread-safe; usable until the file is closed.
final class GgufMetadata implements Metadata {

    private static final int SHOWN_ITEMS = 8;

    /// The number of the type.
    private static final int SCALAR_PREFIX_BYTES = 4;

    /// The numbers of the types of array and elements, and how many elements there are.
    private static final int ARRAY_PREFIX_BYTES = 4 + 4 + 8;

    /// Where a checked value lies. For arrays `type` is that of the elements and `offset` that of the first.
    record Entry(GgufValueType type, boolean isArray, long count, long offset) {
        String label() {
            return isArray ? "an array of " + type.label() : type.label();
        }
    }

    private final MemorySegment memory;
    private final GgufFaults faults;
    private final Map<String, Entry> entries;

    GgufMetadata(MemorySegment memory, GgufFaults faults, Map<String, Entry> entries) {
        this.memory = memory;
        this.faults = faults;
        this.entries = entries;
    }

    @Override
    public Set<String> keys() {
        return Collections.unmodifiableSet(entries.keySet());
    }

    @Override
    public boolean contains(String key) {
        return entries.containsKey(key);
    }

    @Override
    public OptionalLong count(String key) {
        Entry entry = entries.get(key);
        if (entry == null) {
            return OptionalLong.empty();
        }
        if (!entry.isArray) {
            throw mismatch(key, entry, "an array");
        }
        return OptionalLong.of(entry.count);
    }

    @Override
    public Optional<GgufValue> value(String key) {
        Entry entry = entries.get(key);
        if (entry == null) {
            return Optional.empty();
        }
        GgufCursor cursor = cursor(entry);
        if (!entry.isArray) {
            return Optional.of(decode(cursor, entry.type, key));
        }
        List<GgufValue> first = new ArrayList<>();
        for (long i = 0; i < Math.min(entry.count, SHOWN_ITEMS); i++) {
            first.add(decode(cursor, entry.type, key));
        }
        return Optional.of(new GgufValue.Items(entry.type, entry.count, first));
    }

    @Override
    public Optional<String> string(String key) {
        Entry entry = scalar(key, "a string", List.of(GgufValueType.STRING));
        return entry == null
                ? Optional.empty()
                : Optional.of(cursor(entry).string(key, GgufLimits.STRING_BYTES));
    }

    @Override
    public OptionalLong integer(String key) {
        Entry entry = entries.get(key);
        if (entry == null) {
            return OptionalLong.empty();
        }
        if (entry.isArray || !entry.type.isWhole()) {
            throw mismatch(key, entry, "an integer");
        }
        long value = whole(cursor(entry), entry.type, key);
        if (entry.type == GgufValueType.UINT64 && value < 0) {
            throw faults.corrupt(
                    "metadata '%s' is %s, the limit is %d"
                            .formatted(key, Long.toUnsignedString(value), Long.MAX_VALUE));
        }
        return OptionalLong.of(value);
    }

    @Override
    public OptionalDouble decimal(String key) {
        Entry entry = scalar(key, "a float", List.of(GgufValueType.FLOAT32, GgufValueType.FLOAT64));
        return entry == null
                ? OptionalDouble.empty()
                : OptionalDouble.of(decimal(cursor(entry), entry.type, key));
    }

    @Override
    public Optional<Boolean> bool(String key) {
        Entry entry = scalar(key, "a bool", List.of(GgufValueType.BOOL));
        return entry == null ? Optional.empty() : Optional.of(flag(cursor(entry), key));
    }

    @Override
    public List<String> strings(String key) {
        Entry entry = entries.get(key);
        if (entry == null) {
            return List.of();
        }
        if (!entry.isArray || entry.type != GgufValueType.STRING) {
            throw mismatch(key, entry, "an array of strings");
        }
        GgufCursor cursor = cursor(entry);
        String[] values = new String[(int) entry.count];
        for (int i = 0; i < values.length; i++) {
            values[i] = cursor.string(key, GgufLimits.STRING_BYTES);
        }
        return List.of(values);
    }

    @Override
    public int[] integers(String key) {
        Entry entry = entries.get(key);
        if (entry == null) {
            return new int[0];
        }
        if (!entry.isArray || !entry.type.isWhole()) {
            throw mismatch(key, entry, "an array of integers");
        }
        GgufCursor cursor = cursor(entry);
        int[] values = new int[(int) entry.count];
        for (int i = 0; i < values.length; i++) {
            long value = whole(cursor, entry.type, key);
            if (value != (int) value) {
                throw faults.corrupt(
                        "element %d of metadata '%s' is %d, the limit is %d"
                                .formatted(i, key, value, Integer.MAX_VALUE));
            }
            values[i] = (int) value;
        }
        return values;
    }

    @Override
    public float[] floats(String key) {
        Entry entry = entries.get(key);
        if (entry == null) {
            return new float[0];
        }
        if (!entry.isArray || !entry.type.isDecimal()) {
            throw mismatch(key, entry, "an array of floats");
        }
        GgufCursor cursor = cursor(entry);
        float[] values = new float[(int) entry.count];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) decimal(cursor, entry.type, key);
        }
        return values;
    }

    @Override
    public byte[] bytes(String key) {
        Entry entry = entries.get(key);
        if (entry == null) {
            return new byte[0];
        }
        if (!entry.isArray
                || (entry.type != GgufValueType.UINT8 && entry.type != GgufValueType.INT8)) {
            throw mismatch(key, entry, "an array of bytes");
        }
        return memory.asSlice(entry.offset, entry.count).toArray(ValueLayout.JAVA_BYTE);
    }

    @Override
    public boolean[] bools(String key) {
        Entry entry = entries.get(key);
        if (entry == null) {
            return new boolean[0];
        }
        if (!entry.isArray || entry.type != GgufValueType.BOOL) {
            throw mismatch(key, entry, "an array of bools");
        }
        GgufCursor cursor = cursor(entry);
        boolean[] values = new boolean[(int) entry.count];
        for (int i = 0; i < values.length; i++) {
            values[i] = flag(cursor, key);
        }
        return values;
    }

    @Override
    public Optional<GgufValueType> type(String key) {
        return Optional.ofNullable(entries.get(key)).map(Entry::type);
    }

    @Override
    public ModelException corrupt(String what) {
        return faults.corrupt(what);
    }

    /// The value as the file has it, with the number of its type before it.
    byte[] encoded(String key) {
        Entry entry = entries.get(key);
        if (entry == null) {
            throw new IllegalArgumentException("no metadata '" + key + "'");
        }
        GgufCursor cursor = cursor(entry);
        if (entry.type == GgufValueType.STRING) {
            for (long i = 0; i < entry.count; i++) {
                cursor.skipString(key, GgufLimits.STRING_BYTES);
            }
        } else {
            cursor.skip(entry.count * entry.type.minimumBytes(), key);
        }
        long start = entry.offset - (entry.isArray ? ARRAY_PREFIX_BYTES : SCALAR_PREFIX_BYTES);
        return memory.asSlice(start, cursor.position() - start).toArray(ValueLayout.JAVA_BYTE);
    }

    private @Nullable Entry scalar(String key, String expected, List<GgufValueType> types) {
        Entry entry = entries.get(key);
        if (entry != null && (entry.isArray || !types.contains(entry.type))) {
            throw mismatch(key, entry, expected);
        }
        return entry;
    }

    private GgufCursor cursor(Entry entry) {
        return new GgufCursor(memory, faults, entry.offset);
    }

    private GgufValue decode(GgufCursor cursor, GgufValueType type, String key) {
        return switch (type) {
            case UINT8, INT8, UINT16, INT16, UINT32, INT32, INT64 ->
                    new GgufValue.Whole(whole(cursor, type, key), false);
            case UINT64 -> new GgufValue.Whole(whole(cursor, type, key), true);
            case FLOAT32, FLOAT64 -> new GgufValue.Decimal(decimal(cursor, type, key));
            case BOOL -> new GgufValue.Flag(flag(cursor, key));
            case STRING -> new GgufValue.Text(cursor.string(key, GgufLimits.STRING_BYTES));
            case ARRAY -> throw faults.unsupported("metadata '" + key + "' is a nested array");
        };
    }

    private static long whole(GgufCursor cursor, GgufValueType type, String key) {
        return switch (type) {
            case UINT8 -> Byte.toUnsignedLong(cursor.int8(key));
            case INT8 -> cursor.int8(key);
            case UINT16 -> Short.toUnsignedLong(cursor.int16(key));
            case INT16 -> cursor.int16(key);
            case UINT32 -> Integer.toUnsignedLong(cursor.int32(key));
            case INT32 -> cursor.int32(key);
            case UINT64, INT64 -> cursor.int64(key);
            case FLOAT32, BOOL, STRING, ARRAY, FLOAT64 -> throw new AssertionError(type);
        };
    }

    private static double decimal(GgufCursor cursor, GgufValueType type, String key) {
        return type == GgufValueType.FLOAT32
                ? Float.intBitsToFloat(cursor.int32(key))
                : Double.longBitsToDouble(cursor.int64(key));
    }

    private boolean flag(GgufCursor cursor, String key) {
        byte value = cursor.int8(key);
        if (value != 0 && value != 1) {
            throw faults.corrupt(
                    "metadata '%s' is the bool %d, expected 0 or 1"
                            .formatted(key, Byte.toUnsignedInt(value)));
        }
        return value == 1;
    }

    private RuntimeException mismatch(String key, Entry entry, String expected) {
        return faults.corrupt(
                "metadata '%s' is %s, expected %s".formatted(key, entry.label(), expected));
    }
}
