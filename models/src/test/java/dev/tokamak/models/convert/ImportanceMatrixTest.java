package dev.tokamak.models.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.models.ModelException;
import dev.tokamak.models.gguf.GgmlType;
import dev.tokamak.models.gguf.GgufBuilder;
import dev.tokamak.models.gguf.GgufTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ImportanceMatrixTest {

    @TempDir Path folder;

    @Test
    void read_ofOlderForm_dividesByCalls() throws IOException {
        ImportanceMatrix matrix = read(older(1, "a.weight", 4, 2, 8, 2));
        assertThat(matrix.of(tensor("a.weight")).orElseThrow()).containsExactly(2f, 0.5f);
        assertThat(matrix.of(tensor("b.weight"))).isEmpty();
        assertThat(matrix.size()).isEqualTo(1);
        assertThat(matrix.chunks()).isEqualTo(9);
    }

    @Test
    void read_ofGgufForm_dividesByTheCountOfEachExpert() {
        Path file =
                new GgufBuilder()
                        .uint32("imatrix.chunk_count", 12)
                        .tensor("a.weight.in_sum2", TensorType.F32, little(2, 4, 9, 9, 5, 10), 2, 3)
                        .tensor("a.weight.counts", TensorType.F32, little(2, 0, 5), 1, 3)
                        .write(folder.resolve("importance.gguf"));
        ImportanceMatrix matrix = ImportanceMatrix.read(file);
        assertThat(matrix.of(tensor("a.weight")).orElseThrow())
                .containsExactly(1f, 2f, 1f, 1f, 1f, 2f);
        assertThat(matrix.chunks()).isEqualTo(12);
    }

    @Test
    void read_ofWrongFiles_saysWhy() throws IOException {
        refused(older(0, "a", 1, 1), "number of entries is 0");
        refused(older(1, "a", 1, 1_000_000, 1), "number of values of 'a' is 1000000");
        refused(older(1, "a", 1, -1, 1), "is -1");
        refused(older(1, "a", 1, 2, 1, Float.NaN), "column 1 of tensor 'a' is NaN");
        refused(older(1, "a", 1, 2, 1, -1), "column 1 of tensor 'a' is -1.0");
        refused(older(1, "x".repeat(300), 1, 1, 1), "length of name 0 is 300");
        refused(Arrays.copyOf(older(5, "a", 1, 1, 1), 23), "truncated");
        refused(new byte[2], "truncated");
        assertThatThrownBy(() -> ImportanceMatrix.read(folder.resolve("none")))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("does not exist");
        Path other =
                new GgufBuilder()
                        .tensor("w", TensorType.F32, new byte[8], 2)
                        .write(folder.resolve("other.gguf"));
        assertThatThrownBy(() -> ImportanceMatrix.read(other)).hasMessageContaining(".in_sum2");
        Path lonely =
                new GgufBuilder()
                        .tensor("w.in_sum2", TensorType.F32, new byte[8], 2)
                        .write(folder.resolve("lonely.gguf"));
        assertThatThrownBy(() -> ImportanceMatrix.read(lonely)).hasMessageContaining("w.counts");
    }

    private void refused(byte[] bytes, String message) throws IOException {
        assertThatThrownBy(() -> read(bytes))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(message);
    }

    private ImportanceMatrix read(byte[] bytes) throws IOException {
        return ImportanceMatrix.read(Files.write(folder.resolve("importance.dat"), bytes));
    }

    private static byte[] older(int entries, String name, int calls, int count, float... values) {
        ByteBuffer out = ByteBuffer.allocate(1024).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(entries).putInt(name.length()).put(name.getBytes(StandardCharsets.UTF_8));
        out.putInt(calls).putInt(count);
        for (float value : values) {
            out.putFloat(value);
        }
        out.putInt(9).putInt(4).put("text".getBytes(StandardCharsets.UTF_8));
        return Arrays.copyOf(out.array(), out.position());
    }

    private static byte[] little(float... values) {
        ByteBuffer buffer =
                ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(values);
        return buffer.array();
    }

    private static GgufTensor tensor(String name) {
        return new GgufTensor(name, GgmlType.F32, List.of(2L), 0, 8);
    }
}
