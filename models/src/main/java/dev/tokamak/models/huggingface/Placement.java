package dev.tokamak.models.huggingface;

import java.util.List;

/// What becomes of a tensor: under which names of GGUF its weights stand, and in which order.
@FunctionalInterface
interface Placement {

    void place(TensorPlacing at, SourceTensor tensor);

    /// As it is.
    static Placement as(String module) {
        return (at, tensor) -> at.put(module, tensor);
    }

    /// A projection to heads whose rotary pairs lie half a head apart, moved side by side.
    static Placement pairs(String module) {
        return (at, tensor) -> pairs(module, 0, at.outline().headDim()).place(at, tensor);
    }

    /// The same for heads that rotate only what follows so many rows.
    static Placement pairs(String module, long plainDim, long rotatedDim) {
        return (at, tensor) -> {
            long dim = plainDim + rotatedDim;
            long rows = tensor.shape().isEmpty() ? 0 : tensor.shape().getFirst();
            if (rotatedDim % 2 != 0 || dim == 0 || rows % dim != 0) {
                throw at.wrongShape(tensor, "a multiple of the head size %d".formatted(dim));
            }
            at.put(module, ReorderedTensor.of(tensor, row -> unpaired(row, plainDim, rotatedDim)));
        };
    }

    /// The rows of a matrix from one on.
    static Placement rowsFrom(String module, long first) {
        return (at, tensor) -> {
            List<Long> shape = tensor.shape();
            if (shape.size() != 2 || shape.getFirst() <= first) {
                throw at.wrongShape(tensor, "a matrix of more than %d rows".formatted(first));
            }
            long columns = shape.getLast();
            List<Long> left = List.of(shape.getFirst() - first, columns);
            at.put(module, new ReorderedTensor(tensor, columns, left, row -> row + first));
        };
    }

    /// Where the row stands in a head of which the first elements of all pairs come first.
    static long unpaired(long row, long plainDim, long rotatedDim) {
        long within = row % (plainDim + rotatedDim) - plainDim;
        return within < 0 ? row : row - within + within / 2 + within % 2 * (rotatedDim / 2);
    }
}
