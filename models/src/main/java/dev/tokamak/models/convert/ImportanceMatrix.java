package dev.tokamak.models.convert;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.gguf.GgufTensor;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// How much each column of each matrix matters: the mean square of the activations that it meets, measured beforehand by
/// running a model over text. Immutable.
public final class ImportanceMatrix {

    private final Path path;
    private final int chunks;
    private final Map<String, float[]> columns;

    ImportanceMatrix(Path path, int chunks, Map<String, float[]> columns) {
        this.path = path;
        this.chunks = chunks;
        this.columns = new HashMap<>(columns);
        columns.forEach(this::requireUsable);
    }

    /// Reads a file that llama.cpp's imatrix tool wrote, in its GGUF form or the older one.
    ///
    /// @throws ModelException NOT_FOUND, NOT_A_FILE, CORRUPT_FILE or UNSUPPORTED
    public static ImportanceMatrix read(Path path) {
        return ImportanceFiles.read(path);
    }

    public Path path() {
        return path;
    }

    /// The number of tensors that it knows.
    public int size() {
        return columns.size();
    }

    /// The pieces of text that it was measured on, 0 when the file does not say.
    int chunks() {
        return chunks;
    }

    /// One number for each column, for tensors of experts one row of numbers for each; empty when the tensor is unknown.
    Optional<float[]> of(GgufTensor tensor) {
        return Optional.ofNullable(columns.get(tensor.name()));
    }

    private void requireUsable(String tensor, float[] values) {
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i]) || values[i] < 0) {
                throw new ModelException(
                        ModelException.Code.CORRUPT_FILE,
                        "%s: the importance of column %d of tensor '%s' is %s, expected a finite number from 0 on"
                                .formatted(path, i, tensor, values[i]));
            }
        }
    }
}
