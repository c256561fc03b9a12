package dev.tokamak.models.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tokamak.models.ModelException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GgufWriterTest {

    @TempDir Path folder;

    @Test
    void complete_ofMetadataMadeInMemory_isReadBack() throws Exception {
        MetadataMap metadata =
                new MetadataMap(folder)
                        .put("text", "größer")
                        .put("count", 4_000_000_000L)
                        .put("share", 0.25)
                        .put("flag", true)
                        .put("names", List.of("a", "", "c"))
                        .put("numbers", new int[] {1, -2, 3})
                        .put("floats", new float[] {1.5f, Float.MIN_VALUE})
                        .put("flags", new boolean[] {true, false})
                        .put("bytes", new byte[] {1, -1});
        Path file = write(metadata, Set.of(), new MetadataMap(folder), tensor("w", 10));

        try (GgufFile read = GgufFile.open(file)) {
            Metadata actual = read.metadata();
            assertThat(actual.keys()).isEqualTo(metadata.keys());
            assertThat(actual.string("text")).contains("größer");
            assertThat(actual.integer("count")).hasValue(4_000_000_000L);
            assertThat(actual.decimal("share")).hasValue(0.25);
            assertThat(actual.bool("flag")).contains(true);
            assertThat(actual.strings("names")).containsExactly("a", "", "c");
            assertThat(actual.integers("numbers")).containsExactly(1, -2, 3);
            assertThat(actual.floats("floats")).containsExactly(1.5f, Float.MIN_VALUE);
            assertThat(actual.bools("flags")).containsExactly(true, false);
            assertThat(actual.bytes("bytes")).containsExactly(1, -1);
        }
    }

    @Test
    void complete_ofMetadataOfAFile_keepsItsBytesAndTakesOverrides() throws Exception {
        GgufBuilder builder =
                new GgufBuilder()
                        .string("general.architecture", "llama")
                        .uint32("general.file_type", 1)
                        .uint32("split.count", 3)
                        .strings("tokens", List.of("a\u0000b", "\ud83d\ude00"))
                        .float32s("scores", 1, -2)
                        .tensor("w", GgmlType.F32.id(), new byte[8], 2);
        Path source = builder.write(folder.resolve("source.gguf"));
        // An invalid byte of UTF-8, which reading as text would replace.
        byte[] bytes = Files.readAllBytes(source);
        int position = indexOf(bytes, "a\u0000b".getBytes(StandardCharsets.UTF_8));
        bytes[position] = (byte) 0xFF;
        Files.write(source, bytes);

        try (GgufFile file = GgufFile.open(source)) {
            MetadataMap added = new MetadataMap(source).put("general.file_type", 15);
            Path copy = write(file.metadata(), Set.of("split.count"), added, tensor("w", 2));
            assertThat(indexOf(Files.readAllBytes(copy), new byte[] {(byte) 0xFF, 0, 'b'}))
                    .isPositive();
            try (GgufFile read = GgufFile.open(copy)) {
                assertThat(read.metadata().keys())
                        .containsExactly(
                                "general.architecture", "tokens", "scores", "general.file_type");
                assertThat(read.metadata().integer("general.file_type")).hasValue(15);
                assertThat(read.metadata().strings("tokens"))
                        .isEqualTo(file.metadata().strings("tokens"));
                assertThat(read.metadata().floats("scores")).containsExactly(1, -2);
            }
        }
    }

    @Test
    void append_inPieces_alignsEveryTensor() throws Exception {
        GgufTensor first = tensor("first", 5);
        GgufTensor second = tensor("second", 9);
        Path file = folder.resolve("out.gguf");
        try (GgufWriter writer = create(file, false, first, second)) {
            writer.append(filled(8, 1));
            writer.append(filled(12, 2));
            writer.append(filled(36, 3));
            assertThat(file).doesNotExist();
            writer.complete();
        }
        try (GgufFile read = GgufFile.open(file);
                Arena arena = Arena.ofConfined()) {
            assertThat(
                            read.map(read.tensor("first").orElseThrow(), arena)
                                    .toArray(ValueLayout.JAVA_BYTE))
                    .startsWith(1, 1)
                    .endsWith(2, 2);
            assertThat(
                            read.map(read.tensor("second").orElseThrow(), arena)
                                    .toArray(ValueLayout.JAVA_BYTE))
                    .hasSize(36)
                    .containsOnly(3);
            assertThat(Files.size(file) % 32).isZero();
        }
        assertThat(folder).isDirectoryContaining(path -> path.endsWith("out.gguf"));
        assertThat(Files.list(folder)).hasSize(1);
    }

    @Test
    void close_beforeComplete_leavesNothing() throws Exception {
        Path file = folder.resolve("out.gguf");
        try (GgufWriter writer = create(file, false, tensor("w", 8))) {
            writer.append(filled(16, 1));
            assertThatThrownBy(writer::complete)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("32 bytes, got 16");
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void append_whenInterrupted_leavesNothing() throws Exception {
        Path file = folder.resolve("out.gguf");
        try (GgufWriter writer = create(file, false, tensor("w", 8))) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> writer.append(filled(16, 1)))
                    .isInstanceOf(InterruptedException.class);
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void append_ofTooMuch_isRefused() throws Exception {
        try (GgufWriter writer = create(folder.resolve("out.gguf"), false, tensor("w", 8))) {
            assertThatThrownBy(() -> writer.append(filled(33, 1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("32 bytes, got 33");
        }
    }

    @Test
    void create_overAFile_needsPermission() throws Exception {
        Path file = folder.resolve("out.gguf");
        Files.writeString(file, "precious");
        assertThatThrownBy(() -> create(file, false, tensor("w", 8)))
                .isInstanceOfSatisfying(
                        ModelException.class,
                        e -> assertThat(e.code()).isEqualTo(ModelException.Code.ALREADY_EXISTS));
        assertThat(file).hasContent("precious");
        try (GgufWriter writer = create(file, true, tensor("w", 8))) {
            writer.append(filled(32, 1));
            assertThat(file).hasContent("precious");
            writer.complete();
        }
        GgufFile.open(file).close();
    }

    @Test
    void create_whileAnotherWrites_isRefused() throws Exception {
        Path file = folder.resolve("out.gguf");
        try (GgufWriter writer = create(file, false, tensor("w", 8))) {
            assertThatThrownBy(() -> create(file, false, tensor("w", 8)))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("someone else");
            writer.append(filled(32, 1));
            writer.complete();
        }
        GgufFile.open(file).close();
    }

    @Test
    void create_overThePartOfAKilledProcess_takesItOver() throws Exception {
        Files.writeString(folder.resolve("out.gguf.part"), "x".repeat(5000));
        Path file = folder.resolve("out.gguf");
        try (GgufWriter writer = create(file, false, tensor("w", 8))) {
            writer.append(filled(32, 1));
            writer.complete();
        }
        assertThat(Files.size(file)).isLessThan(5000);
        assertThat(Files.list(folder)).hasSize(1);
    }

    @Test
    void create_whereItCannotBe_saysWhy() {
        assertThatThrownBy(() -> create(folder.resolve("no/out.gguf"), false, tensor("w", 8)))
                .isInstanceOfSatisfying(
                        ModelException.class,
                        e -> assertThat(e.code()).isEqualTo(ModelException.Code.NOT_WRITTEN))
                .hasMessageContaining("out.gguf");
        assertThatThrownBy(() -> create(folder, true, tensor("w", 8)))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("folder");
        assertThatThrownBy(() -> create(folder.resolve("huge.gguf"), false, tensor("w", 1L << 58)))
                .isInstanceOfSatisfying(
                        ModelException.class,
                        e -> assertThat(e.code()).isEqualTo(ModelException.Code.DISK_FULL))
                .hasMessageContaining("bytes free");
        assertThat(folder).isEmptyDirectory();
    }

    private Path write(Metadata source, Set<String> dropped, MetadataMap added, GgufTensor tensor)
            throws InterruptedException {
        Path file = folder.resolve("out.gguf");
        GgufContents contents = new GgufContents(source, dropped, added, List.of(tensor));
        try (GgufWriter writer = GgufWriter.create(file, contents, false)) {
            writer.append(filled((int) tensor.sizeBytes(), 1));
            writer.complete();
        }
        return file;
    }

    private GgufWriter create(Path file, boolean replace, GgufTensor... tensors)
            throws InterruptedException {
        MetadataMap empty = new MetadataMap(folder);
        return GgufWriter.create(
                file, new GgufContents(empty, Set.of(), empty, List.of(tensors)), replace);
    }

    private static GgufTensor tensor(String name, long columns) {
        return new GgufTensor(name, GgmlType.F32, List.of(columns), 0, columns * Float.BYTES);
    }

    private static ByteBuffer filled(int bytes, int value) {
        byte[] data = new byte[bytes];
        Arrays.fill(data, (byte) value);
        return ByteBuffer.wrap(data);
    }

    private static int indexOf(byte[] bytes, byte[] part) throws IOException {
        for (int i = 0; i + part.length <= bytes.length; i++) {
            if (Arrays.equals(bytes, i, i + part.length, part, 0, part.length)) {
                return i;
            }
        }
        throw new IOException("not found");
    }
}
