package dev.tokamak.models.gguf;

import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Everything in front of the tensor data, checked: version, metadata and the directory of tensors. Immutable.
record GgufHeader(int version, int alignment, GgufMetadata metadata, List<GgufTensor> tensors) {

    /// The bytes `GGUF`, read as a little-endian int.
    static final int MAGIC = 0x46554747;

    private static final int OLDEST_VERSION = 2;
    private static final int NEWEST_VERSION = 3;
    private static final int DEFAULT_ALIGNMENT = 32;
    private static final String ALIGNMENT_KEY = "general.alignment";

    /// The shortest metadata entry: key length, one byte of key, type, one byte of value.
    private static final int MINIMUM_ENTRY_BYTES = 8 + 1 + 4 + 1;

    /// Reads and checks the whole header; does not touch tensor data.
    static GgufHeader read(MemorySegment memory, GgufFaults faults) {
        GgufCursor cursor = new GgufCursor(memory, faults, 0);
        int version = readVersion(cursor, faults);
        long tensorCount =
                cursor.count("tensor count", GgufDirectory.MINIMUM_ENTRY_BYTES, GgufLimits.TENSORS);
        long entryCount =
                cursor.count("metadata count", MINIMUM_ENTRY_BYTES, GgufLimits.METADATA_ENTRIES);
        Map<String, GgufMetadata.Entry> entries = new LinkedHashMap<>();
        for (long i = 0; i < entryCount; i++) {
            String key = cursor.name("metadata key " + i, GgufLimits.KEY_BYTES);
            if (entries.put(key, readEntry(cursor, key, faults)) != null) {
                throw faults.corrupt("metadata key '" + key + "' occurs twice");
            }
        }
        GgufMetadata metadata = new GgufMetadata(memory, faults, entries);
        int alignment = alignment(metadata);
        List<GgufTensor> tensors =
                new GgufDirectory(cursor, faults, alignment).read(tensorCount, memory.byteSize());
        return new GgufHeader(version, alignment, metadata, tensors);
    }

    private static int readVersion(GgufCursor cursor, GgufFaults faults) {
        int magic = cursor.int32("magic");
        if (magic != MAGIC) {
            throw faults.corrupt(
                    "not a GGUF file: it begins with bytes %08x, expected 47475546 ('GGUF')"
                            .formatted(Integer.reverseBytes(magic)));
        }
        int version = cursor.int32("version");
        if (version >= OLDEST_VERSION && version <= NEWEST_VERSION) {
            return version;
        }
        int swapped = Integer.reverseBytes(version);
        if (swapped >= 1 && swapped <= NEWEST_VERSION) {
            throw faults.unsupported(
                    "a big-endian GGUF file (version %d); only little-endian files are supported"
                            .formatted(swapped));
        }
        throw faults.unsupported(
                "GGUF version %s is not supported; supported: %d to %d"
                        .formatted(
                                Integer.toUnsignedString(version), OLDEST_VERSION, NEWEST_VERSION));
    }

    private static GgufMetadata.Entry readEntry(GgufCursor cursor, String key, GgufFaults faults) {
        String what = "metadata '" + key + "'";
        GgufValueType type = readType(cursor, what, faults);
        if (type != GgufValueType.ARRAY) {
            long offset = cursor.position();
            skipValue(cursor, type, what);
            return new GgufMetadata.Entry(type, false, 1, offset);
        }
        GgufValueType elementType = readType(cursor, what, faults);
        if (elementType == GgufValueType.ARRAY) {
            throw faults.unsupported(what + " is a nested array, which is not supported");
        }
        boolean strings = elementType == GgufValueType.STRING;
        int limit = strings ? GgufLimits.ARRAY_STRINGS : GgufLimits.ARRAY_NUMBERS;
        long count = cursor.count(what + " length", elementType.minimumBytes(), limit);
        long offset = cursor.position();
        if (strings) {
            for (long i = 0; i < count; i++) {
                cursor.skipString(what, GgufLimits.STRING_BYTES);
            }
        } else {
            cursor.skip(count * elementType.minimumBytes(), what);
        }
        return new GgufMetadata.Entry(elementType, true, count, offset);
    }

    private static void skipValue(GgufCursor cursor, GgufValueType type, String what) {
        if (type == GgufValueType.STRING) {
            cursor.skipString(what + " length", GgufLimits.STRING_BYTES);
        } else {
            cursor.skip(type.minimumBytes(), what);
        }
    }

    private static GgufValueType readType(GgufCursor cursor, String what, GgufFaults faults) {
        int id = cursor.int32(what + " type");
        return GgufValueType.of(id)
                .orElseThrow(
                        () ->
                                faults.corrupt(
                                        "%s has value type %s, the limit is %d"
                                                .formatted(
                                                        what,
                                                        Integer.toUnsignedString(id),
                                                        GgufValueType.values().length - 1)));
    }

    /// What the offsets of tensors are multiples of.
    static int alignment(Metadata metadata) {
        long alignment = metadata.integer(ALIGNMENT_KEY).orElse(DEFAULT_ALIGNMENT);
        if (alignment < 1
                || alignment > GgufLimits.ALIGNMENT_BYTES
                || Long.bitCount(alignment) != 1) {
            throw metadata.corrupt(
                    "metadata '%s' is %d, expected a power of two up to %d"
                            .formatted(ALIGNMENT_KEY, alignment, GgufLimits.ALIGNMENT_BYTES));
        }
        return (int) alignment;
    }
}
