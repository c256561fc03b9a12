package dev.tokamak.models.gguf;

import java.util.List;
import java.util.stream.Collectors;

/// A tensor of a model file: what it is called and where its bytes are. Immutable.
///
/// @param dimensions sizes, fastest running first, as in the file: a matrix is `[columns, rows]`
/// @param offsetBytes from the start of a GGUF file; what it means elsewhere is the format's business
public record GgufTensor(
        String name, GgmlType type, List<Long> dimensions, long offsetBytes, long sizeBytes) {

    public GgufTensor {
        dimensions = List.copyOf(dimensions);
    }

    /// The number of weights.
    public long elements() {
        return dimensions.stream().reduce(1L, Math::multiplyExact);
    }

    /// The number of vectors along the fastest running dimension.
    public long rows() {
        return elements() / dimensions.getFirst();
    }

    /// The bytes of one of these vectors.
    public long rowBytes() {
        return sizeBytes / rows();
    }

    long endBytes() {
        return offsetBytes + sizeBytes;
    }

    /// The dimensions as messages show them, for example `[576, 49152]`.
    public String shape() {
        return dimensions.stream().map(String::valueOf).collect(Collectors.joining(", ", "[", "]"));
    }
}
