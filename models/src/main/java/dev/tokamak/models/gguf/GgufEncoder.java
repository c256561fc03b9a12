package dev.tokamak.models.gguf;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Writes the header of a GGUF v3 file: metadata and the directory of tensors. Confined to one thread.
final class GgufEncoder {

    private static final int VERSION = 3;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /// The header of a file whose tensors follow each other at multiples of the alignment, padded to one itself.
    static byte[] header(GgufContents contents, int alignment) {
        GgufEncoder encoder = new GgufEncoder();
        encoder.int32(GgufHeader.MAGIC);
        encoder.int32(VERSION);
        encoder.int64(contents.tensors().size());
        List<String> kept = contents.source().keys().stream().filter(contents::keeps).toList();
        encoder.int64(kept.size() + contents.added().keys().size());
        kept.forEach(key -> encoder.entry(contents.source(), key));
        contents.added().keys().forEach(key -> encoder.entry(contents.added(), key));
        long offset = 0;
        for (GgufTensor tensor : contents.tensors()) {
            encoder.tensor(tensor, offset);
            offset = aligned(Math.addExact(offset, tensor.sizeBytes()), alignment);
        }
        while (encoder.out.size() % alignment != 0) {
            encoder.out.write(0);
        }
        return encoder.out.toByteArray();
    }

    static long aligned(long offset, int alignment) {
        return Math.multiplyExact(Math.ceilDiv(offset, alignment), (long) alignment);
    }

    private void tensor(GgufTensor tensor, long offset) {
        string(tensor.name());
        int32(tensor.dimensions().size());
        tensor.dimensions().forEach(this::int64);
        int32(tensor.type().id());
        int64(offset);
    }

    private void entry(Metadata metadata, String key) {
        string(key);
        if (metadata instanceof GgufMetadata file) {
            out.writeBytes(file.encoded(key));
            return;
        }
        GgufValueType type = metadata.type(key).orElseThrow(() -> new IllegalStateException(key));
        switch (metadata.value(key).orElseThrow(() -> new IllegalStateException(key))) {
            case GgufValue.Text(String text) -> {
                int32(type.id());
                string(text);
            }
            case GgufValue.Whole(long value, boolean _) -> {
                int32(type.id());
                little(value, type.minimumBytes());
            }
            case GgufValue.Decimal(double value) -> {
                int32(type.id());
                decimal(type, value);
            }
            case GgufValue.Flag(boolean value) -> {
                int32(type.id());
                out.write(value ? 1 : 0);
            }
            case GgufValue.Items items -> array(metadata, key, items);
        }
    }

    private void array(Metadata metadata, String key, GgufValue.Items items) {
        switch (items.elementType()) {
            case STRING -> {
                beginArray(GgufValueType.STRING, items.count());
                metadata.strings(key).forEach(this::string);
            }
            case FLOAT32, FLOAT64 -> {
                beginArray(GgufValueType.FLOAT32, items.count());
                for (float value : metadata.floats(key)) {
                    int32(Float.floatToRawIntBits(value));
                }
            }
            case BOOL -> {
                beginArray(GgufValueType.BOOL, items.count());
                for (boolean value : metadata.bools(key)) {
                    out.write(value ? 1 : 0);
                }
            }
            case UINT8, INT8 -> {
                beginArray(items.elementType(), items.count());
                out.writeBytes(metadata.bytes(key));
            }
            case UINT16, INT16, UINT32, INT32, UINT64, INT64 -> {
                beginArray(GgufValueType.INT32, items.count());
                for (int value : metadata.integers(key)) {
                    int32(value);
                }
            }
            case ARRAY -> throw metadata.corrupt("metadata '" + key + "' is a nested array");
        }
    }

    private void beginArray(GgufValueType elementType, long count) {
        int32(GgufValueType.ARRAY.id());
        int32(elementType.id());
        int64(count);
    }

    private void decimal(GgufValueType type, double value) {
        if (type == GgufValueType.FLOAT32) {
            int32(Float.floatToRawIntBits((float) value));
        } else {
            int64(Double.doubleToRawLongBits(value));
        }
    }

    private void string(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int64(bytes.length);
        out.writeBytes(bytes);
    }

    private void int32(int value) {
        little(value, Integer.BYTES);
    }

    private void int64(long value) {
        little(value, Long.BYTES);
    }

    private void little(long value, int bytes) {
        for (int i = 0; i < bytes; i++) {
            out.write((int) (value >>> (8 * i)));
        }
    }
}
