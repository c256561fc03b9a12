package dev.tokamak.models.gguf;

import dev.tokamak.kernels.format.TensorType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Writes GGUF files for tests: what it is given, in that order, also when that makes no sense. Confined to one thread.
public final class GgufBuilder {

    private static final int ALIGNMENT = 32;

    private record Tensor(String name, int typeId, long[] dimensions, byte[] data) {}

    private final Map<String, Consumer<Output>> metadata = new LinkedHashMap<>();
    private final List<Tensor> tensors = new ArrayList<>();

    public GgufBuilder string(String key, String value) {
        return value(key, GgufValueType.STRING, out -> out.string(value));
    }

    public GgufBuilder uint32(String key, int value) {
        return value(key, GgufValueType.UINT32, out -> out.int32(value));
    }

    public GgufBuilder float32(String key, float value) {
        return value(key, GgufValueType.FLOAT32, out -> out.int32(Float.floatToIntBits(value)));
    }

    public GgufBuilder bool(String key, boolean value) {
        return value(key, GgufValueType.BOOL, out -> out.int8(value ? 1 : 0));
    }

    public GgufBuilder strings(String key, List<String> values) {
        return array(key, GgufValueType.STRING, values.size(), out -> values.forEach(out::string));
    }

    public GgufBuilder int32s(String key, int... values) {
        return array(
                key,
                GgufValueType.INT32,
                values.length,
                out -> {
                    for (int value : values) {
                        out.int32(value);
                    }
                });
    }

    public GgufBuilder float32s(String key, float... values) {
        return array(
                key,
                GgufValueType.FLOAT32,
                values.length,
                out -> {
                    for (float value : values) {
                        out.int32(Float.floatToIntBits(value));
                    }
                });
    }

    /// Takes a metadata entry out again.
    public GgufBuilder without(String key) {
        metadata.remove(key);
        return this;
    }

    /// Adds a tensor, or replaces the one of this name. Dimensions are fastest running first: `columns, rows`.
    public GgufBuilder tensor(String name, TensorType type, byte[] data, long... dimensions) {
        return tensor(name, type.id(), data, dimensions);
    }

    /// Adds a tensor with any type number, also unknown ones.
    public GgufBuilder tensor(String name, int typeId, byte[] data, long... dimensions) {
        withoutTensor(name);
        tensors.add(new Tensor(name, typeId, dimensions, data));
        return this;
    }

    public GgufBuilder withoutTensor(String name) {
        tensors.removeIf(tensor -> tensor.name.equals(name));
        return this;
    }

    public byte[] toBytes() {
        Output out = new Output();
        out.int32(0x46554747);
        out.int32(3);
        out.int64(tensors.size());
        out.int64(metadata.size());
        metadata.forEach(
                (key, value) -> {
                    out.string(key);
                    value.accept(out);
                });
        long offset = 0;
        for (Tensor tensor : tensors) {
            out.string(tensor.name);
            out.int32(tensor.dimensions.length);
            for (long dimension : tensor.dimensions) {
                out.int64(dimension);
            }
            out.int32(tensor.typeId);
            out.int64(offset);
            offset += Math.ceilDiv(tensor.data.length, ALIGNMENT) * ALIGNMENT;
        }
        for (Tensor tensor : tensors) {
            out.align();
            out.bytes.writeBytes(tensor.data);
        }
        out.align();
        return out.bytes.toByteArray();
    }

    public Path write(Path file) {
        try {
            return Files.write(file, toBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private GgufBuilder value(String key, GgufValueType type, Consumer<Output> content) {
        metadata.put(
                key,
                out -> {
                    out.int32(type.ordinal());
                    content.accept(out);
                });
        return this;
    }

    private GgufBuilder array(
            String key, GgufValueType elementType, int count, Consumer<Output> content) {
        return value(
                key,
                GgufValueType.ARRAY,
                out -> {
                    out.int32(elementType.ordinal());
                    out.int64(count);
                    content.accept(out);
                });
    }

    private static final class Output {

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        void int8(int value) {
            bytes.write(value);
        }

        void int32(int value) {
            bytes.writeBytes(
                    ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
        }

        void int64(long value) {
            bytes.writeBytes(
                    ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
        }

        void string(String value) {
            byte[] encoded = value.getBytes(StandardCharsets.UTF_8);
            int64(encoded.length);
            bytes.writeBytes(encoded);
        }

        void align() {
            while (bytes.size() % ALIGNMENT != 0) {
                bytes.write(0);
            }
        }
    }
}
