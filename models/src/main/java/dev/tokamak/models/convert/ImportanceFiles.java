package dev.tokamak.models.convert;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.gguf.GgmlType;
import dev.tokamak.models.gguf.GgufFile;
import dev.tokamak.models.gguf.GgufTensor;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

/// Reads importance matrices, which are hostile until checked: numbers of values are compared with what the file holds
/// before memory is taken for them. Stateless.
final class ImportanceFiles {

    /* The older form is a number of entries, then for each the length of a name, the name, a number of calls, a number of
     * values and the values, which are means times calls. The GGUF form has a tensor NAME.in_sum2 of sums of squares and
     * NAME.counts of how many rows they are over, one for each expert. */

    private static final int GGUF_MAGIC = 0x46554747;
    private static final int MOST_ENTRIES = 1 << 18;
    private static final int LONGEST_NAME = 1 << 8;
    private static final String SUMS = ".in_sum2";
    private static final String COUNTS = ".counts";
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private ImportanceFiles() {}

    static ImportanceMatrix read(Path path) {
        if (!Files.isRegularFile(path)) {
            throw new ModelException(
                    Files.exists(path)
                            ? ModelException.Code.NOT_A_FILE
                            : ModelException.Code.NOT_FOUND,
                    path + (Files.exists(path) ? " is not a regular file" : " does not exist"));
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            int first = ints(channel, 1).get(0);
            if (first != GGUF_MAGIC) {
                return older(path, channel, first);
            }
        } catch (NoSuchFileException e) {
            throw new ModelException(ModelException.Code.NOT_FOUND, path + " does not exist", e);
        } catch (EOFException e) {
            throw corrupt(path, "truncated: the file ends within an entry");
        } catch (IOException e) {
            throw new ModelException(
                    ModelException.Code.NOT_A_FILE, path + " cannot be read: " + e.getMessage(), e);
        }
        try (GgufFile file = GgufFile.open(path)) {
            return newer(file);
        }
    }

    private static ImportanceMatrix older(Path path, FileChannel channel, int entries)
            throws IOException {
        requireRange(path, "the number of entries", entries, MOST_ENTRIES);
        Map<String, float[]> columns = new HashMap<>();
        for (int entry = 0; entry < entries; entry++) {
            int length = ints(channel, 1).get(0);
            requireRange(path, "the length of name " + entry, length, LONGEST_NAME);
            String name = new String(bytes(channel, length).array(), StandardCharsets.UTF_8);
            var numbers = ints(channel, 2);
            int calls = numbers.get(0);
            int count = numbers.get(1);
            long room = (channel.size() - channel.position()) / Float.BYTES;
            requireRange(path, "the number of values of '" + name + "'", count, room);
            float[] values = new float[count];
            bytes(channel, count * Float.BYTES).asFloatBuffer().get(values);
            if (calls > 0) {
                for (int i = 0; i < count; i++) {
                    values[i] /= calls;
                }
            }
            columns.put(name, values);
        }
        boolean saysChunks = channel.size() - channel.position() >= Integer.BYTES;
        int chunks = saysChunks ? Math.max(0, ints(channel, 1).get(0)) : 0;
        return new ImportanceMatrix(path, chunks, columns);
    }

    private static ImportanceMatrix newer(GgufFile file) {
        Map<String, float[]> columns = new HashMap<>();
        try (Arena arena = Arena.ofConfined()) {
            for (GgufTensor sums : file.tensors()) {
                if (sums.name().endsWith(SUMS)) {
                    String name = sums.name().substring(0, sums.name().length() - SUMS.length());
                    GgufTensor counts =
                            file.tensor(name + COUNTS)
                                    .orElseThrow(
                                            () ->
                                                    file.corrupt(
                                                            "tensor '%s' is missing"
                                                                    .formatted(name + COUNTS)));
                    columns.put(
                            name,
                            means(
                                    file,
                                    sums,
                                    floats(file, sums, arena),
                                    floats(file, counts, arena)));
                }
            }
        }
        if (columns.isEmpty()) {
            throw file.corrupt("not an importance matrix: no tensor ends in " + SUMS);
        }
        int chunks =
                (int)
                        file.metadata()
                                .integer("imatrix.chunk_count", 0, Integer.MAX_VALUE)
                                .orElse(0);
        return new ImportanceMatrix(file.path(), chunks, columns);
    }

    private static float[] means(GgufFile file, GgufTensor tensor, float[] sums, float[] counts) {
        if (sums.length % counts.length != 0) {
            throw file.corrupt(
                    "tensor '%s' has %d values for %d counts"
                            .formatted(tensor.name(), sums.length, counts.length));
        }
        int columns = sums.length / counts.length;
        for (int i = 0; i < sums.length; i++) {
            float count = counts[i / columns];
            sums[i] = count > 0 ? sums[i] / count : 1;
        }
        return sums;
    }

    private static float[] floats(GgufFile file, GgufTensor tensor, Arena arena) {
        if (tensor.type() != GgmlType.F32 || tensor.elements() > Integer.MAX_VALUE / 2) {
            throw file.unsupported(
                    "tensor '%s' is %s %s, expected F32 of at most %d"
                            .formatted(
                                    tensor.name(),
                                    tensor.type(),
                                    tensor.shape(),
                                    Integer.MAX_VALUE / 2));
        }
        MemorySegment data = file.map(tensor, arena);
        return data.toArray(FLOAT);
    }

    private static IntBuffer ints(FileChannel channel, int count) throws IOException {
        return bytes(channel, count * Integer.BYTES).asIntBuffer();
    }

    private static ByteBuffer bytes(FileChannel channel, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new EOFException();
            }
        }
        return buffer.flip();
    }

    private static void requireRange(Path path, String what, int value, long limit) {
        if (value < 1 || value > limit) {
            throw corrupt(path, "%s is %d, expected 1 to %d".formatted(what, value, limit));
        }
    }

    private static ModelException corrupt(Path path, String what) {
        return new ModelException(
                ModelException.Code.CORRUPT_FILE, path + ": not an importance matrix: " + what);
    }
}
