package dev.tokamak.models.gguf;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Reads the directory of tensors and checks that each has a possible shape, lies inside the file and shares no byte
/// with another. Confined to one thread.
final class GgufDirectory {

    /// The shortest entry: name length, one byte of name, dimension count, one dimension, type, offset.
    static final int MINIMUM_ENTRY_BYTES = 8 + 1 + 4 + 8 + 4 + 8;

    /// A tensor whose offset still counts from the start of the data, which is not known before the directory ends.
    private record Listed(
            String name, GgmlType type, List<Long> dimensions, long offset, long size) {}

    private final GgufCursor cursor;
    private final GgufFaults faults;
    private final int alignment;

    GgufDirectory(GgufCursor cursor, GgufFaults faults, int alignment) {
        this.cursor = cursor;
        this.faults = faults;
        this.alignment = alignment;
    }

    List<GgufTensor> read(long tensorCount, long fileBytes) {
        List<Listed> listed = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (long i = 0; i < tensorCount; i++) {
            Listed tensor = readTensor("name of tensor " + i);
            if (!names.add(tensor.name)) {
                throw faults.corrupt("tensor '" + tensor.name + "' occurs twice");
            }
            listed.add(tensor);
        }
        long dataStart = Math.ceilDiv(cursor.position(), alignment) * alignment;
        List<GgufTensor> tensors = new ArrayList<>();
        for (Listed tensor : listed) {
            tensors.add(locate(tensor, dataStart));
        }
        requireInsideFile(tensors, fileBytes);
        requireApart(tensors);
        return List.copyOf(tensors);
    }

    private Listed readTensor(String what) {
        String name = cursor.name(what, GgufLimits.TENSOR_NAME_BYTES);
        int dimensionCount = cursor.int32("dimension count of " + name);
        if (dimensionCount < 1 || dimensionCount > GgufLimits.DIMENSIONS) {
            throw faults.corrupt(
                    "tensor '%s' has %s dimensions, expected 1 to %d"
                            .formatted(
                                    name,
                                    Integer.toUnsignedString(dimensionCount),
                                    GgufLimits.DIMENSIONS));
        }
        List<Long> dimensions = new ArrayList<>();
        for (int i = 0; i < dimensionCount; i++) {
            dimensions.add(readDimension(name, i));
        }
        GgmlType type = readType(name);
        long size = sizeBytes(name, type, dimensions);
        long offset = cursor.int64("offset of " + name);
        if (offset < 0 || offset % alignment != 0) {
            throw faults.corrupt(
                    "tensor '%s' has offset %s, expected a multiple of the alignment %d"
                            .formatted(name, Long.toUnsignedString(offset), alignment));
        }
        return new Listed(name, type, dimensions, offset, size);
    }

    private long readDimension(String name, int index) {
        long dimension = cursor.int64("dimension of " + name);
        if (dimension < 1) {
            throw faults.corrupt(
                    "dimension %d of tensor '%s' is %s, expected 1 to %d"
                            .formatted(
                                    index, name, Long.toUnsignedString(dimension), Long.MAX_VALUE));
        }
        return dimension;
    }

    private GgmlType readType(String name) {
        int id = cursor.int32("type of " + name);
        GgmlType type =
                GgmlType.of(id)
                        .orElseThrow(
                                () ->
                                        faults.unsupported(
                                                "tensor '%s' has the unknown type number %s; known: 0 to %d"
                                                        .formatted(
                                                                name,
                                                                Integer.toUnsignedString(id),
                                                                GgmlType.values().length - 1)));
        if (type.isWithdrawn()) {
            throw faults.unsupportedType(name, type);
        }
        return type;
    }

    private long sizeBytes(String name, GgmlType type, List<Long> dimensions) {
        long columns = dimensions.getFirst();
        if (columns % type.blockElements() != 0) {
            throw faults.corrupt(
                    "tensor '%s' has rows of %d elements, expected a multiple of the %d in a block of %s"
                            .formatted(name, columns, type.blockElements(), type));
        }
        try {
            long elements = dimensions.stream().reduce(1L, Math::multiplyExact);
            return Math.multiplyExact(elements / type.blockElements(), type.blockBytes());
        } catch (ArithmeticException e) {
            throw faults.corrupt(
                    "tensor '%s' has dimensions %s, whose size exceeds %d bytes"
                            .formatted(name, dimensions, Long.MAX_VALUE));
        }
    }

    private GgufTensor locate(Listed tensor, long dataStart) {
        long limit = Long.MAX_VALUE - dataStart;
        if (tensor.offset > limit || tensor.size > limit - tensor.offset) {
            throw faults.corrupt(
                    "tensor '%s' has %d bytes at offset %d, which exceeds %d"
                            .formatted(tensor.name, tensor.size, tensor.offset, Long.MAX_VALUE));
        }
        return new GgufTensor(
                tensor.name,
                tensor.type,
                tensor.dimensions,
                dataStart + tensor.offset,
                tensor.size);
    }

    private void requireInsideFile(List<GgufTensor> tensors, long fileBytes) {
        tensors.stream()
                .max(Comparator.comparingLong(GgufTensor::endBytes))
                .filter(last -> last.endBytes() > fileBytes)
                .ifPresent(
                        last -> {
                            throw faults.corrupt(
                                    "truncated: tensor '%s' ends at byte %d, but the file has %d bytes"
                                            .formatted(last.name(), last.endBytes(), fileBytes));
                        });
    }

    private void requireApart(List<GgufTensor> tensors) {
        List<GgufTensor> sorted = new ArrayList<>(tensors);
        sorted.sort(Comparator.comparingLong(GgufTensor::offsetBytes));
        for (int i = 1; i < sorted.size(); i++) {
            GgufTensor before = sorted.get(i - 1);
            GgufTensor tensor = sorted.get(i);
            if (tensor.offsetBytes() < before.endBytes()) {
                throw faults.corrupt(
                        "tensors '%s' and '%s' overlap: the first ends at byte %d, the second begins at %d"
                                .formatted(
                                        before.name(),
                                        tensor.name(),
                                        before.endBytes(),
                                        tensor.offsetBytes()));
            }
        }
    }
}
