package dev.tokamak.models.architecture;

import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.models.gguf.GgufTensor;
import dev.tokamak.models.gguf.ModelFile;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The tensors of a file by name, each checked as it is taken, so that what nobody takes can be told. Confined to one
/// thread.
final class TensorDirectory {

    private final ModelFile file;
    private final Map<String, GgufTensor> tensors = new LinkedHashMap<>();
    private final Set<String> used = new HashSet<>();

    TensorDirectory(ModelFile file) {
        this.file = file;
        file.tensors().forEach(tensor -> tensors.put(tensor.name(), tensor));
    }

    boolean contains(String name) {
        return tensors.containsKey(name);
    }

    /// The number of rows of a matrix, before its shape is known to be right.
    long rows(String name) {
        GgufTensor tensor = require(name);
        if (tensor.dimensions().size() != 2) {
            throw file.corrupt(
                    "tensor '%s' has shape %s, expected a matrix".formatted(name, tensor.shape()));
        }
        return tensor.dimensions().get(1);
    }

    /// The number of columns of a matrix, before its shape is known to be right.
    long columns(String name) {
        rows(name);
        return existing(name).dimensions().getFirst();
    }

    MatrixTensor matrix(String name, int rows, int columns) {
        return stack(name, 1, rows, columns);
    }

    /// Matrices of the same shape one after the other; of one alone the file need not say that it is a stack.
    MatrixTensor stack(String name, int count, int rows, int columns) {
        GgufTensor tensor = require(name);
        List<Long> expected = new ArrayList<>(List.of((long) columns, (long) rows));
        if (count > 1 || tensor.dimensions().size() > 2) {
            expected.add((long) count);
        }
        requireShape(tensor, expected);
        int allRows = Math.multiplyExact(count, rows);
        return new MatrixTensor(tensor, file.requireComputable(tensor), 0, allRows, columns);
    }

    /// A vector as a matrix of one row.
    MatrixTensor row(String name, int columns) {
        GgufTensor tensor = require(name);
        if (tensor.dimensions().size() == 1) {
            requireShape(tensor, List.of((long) columns));
        } else {
            requireShape(tensor, List.of((long) columns, 1L));
        }
        return new MatrixTensor(tensor, file.requireComputable(tensor), 0, 1, columns);
    }

    /// A vector of floats.
    VectorTensor vector(String name, int length) {
        return vectors(name, 1, length);
    }

    /// Vectors of the same length one after the other.
    VectorTensor vectors(String name, int count, int length) {
        GgufTensor tensor = require(name);
        requireShape(
                tensor,
                count == 1 && tensor.dimensions().size() == 1
                        ? List.of((long) length)
                        : List.of((long) length, (long) count));
        TensorType type = file.requireComputable(tensor);
        if (!type.isFloat()) {
            throw file.unsupported(
                    "tensor '%s' has type %s; vectors must be F32, F16 or BF16"
                            .formatted(name, type));
        }
        return new VectorTensor(tensor, type, 0, Math.multiplyExact(count, length));
    }

    /// Whether a tensor has one dimension; it does not count as taken.
    boolean isVector(String name) {
        return existing(name).dimensions().size() == 1;
    }

    /// The number of elements of a tensor, which does not count as taken.
    long length(String name) {
        return existing(name).elements();
    }

    /// Passes over the tensors whose names begin so: they are part of the file but not of what runs.
    void ignore(String prefix) {
        tensors.keySet().stream().filter(name -> name.startsWith(prefix)).forEach(used::add);
    }

    Optional<VectorTensor> optionalVector(String name, int length) {
        return contains(name) ? Optional.of(vector(name, length)) : Optional.empty();
    }

    /// Refuses a file with tensors that the family did not take: results without them would be wrong.
    void requireAllUsed(String architecture) {
        for (String name : tensors.keySet()) {
            if (!used.contains(name)) {
                throw file.unsupported(
                        "tensor '%s' is not part of the architecture '%s' as supported here, and without it results would be wrong"
                                .formatted(name, architecture));
            }
        }
    }

    private GgufTensor require(String name) {
        GgufTensor tensor = existing(name);
        used.add(name);
        return tensor;
    }

    private GgufTensor existing(String name) {
        GgufTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw file.corrupt("tensor '" + name + "' is missing");
        }
        return tensor;
    }

    private void requireShape(GgufTensor tensor, List<Long> expected) {
        if (!tensor.dimensions().equals(expected)) {
            throw file.corrupt(
                    "tensor '%s' has shape %s, expected %s"
                            .formatted(tensor.name(), tensor.shape(), expected));
        }
    }
}
