package dev.tokamak.models.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PullRecordTest {

    @TempDir Path folder;

    private ModelChoice choice(String label, String path) throws IOException {
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        Files.write(file, new byte[3]);
        return new ModelChoice(label, path, List.of(new RepositoryFile(path, 3, Optional.empty())));
    }

    @Test
    void read_whenLabelsDifferInSeparatorsOnly_findsBoth() throws IOException {
        ModelChoice inFolder = choice("a/b.gguf", "a/b.gguf");
        ModelChoice atTop = choice("a-b.gguf", "a-b.gguf");
        PullRecord.write(folder, inFolder);
        PullRecord.write(folder, atTop);
        assertThat(PullRecord.read(folder)).containsExactlyInAnyOrder(inFolder, atTop);
        PullRecord.delete(folder, inFolder);
        assertThat(PullRecord.read(folder)).containsExactly(atTop);
    }

    @Test
    void read_whenLabelIsALongPath_findsIt() throws IOException {
        String path = ("d".repeat(150) + "/").repeat(3) + "x".repeat(200) + ".gguf";
        ModelChoice deep = choice(path, path);
        PullRecord.write(folder, deep);
        assertThat(PullRecord.read(folder)).containsExactly(deep);
    }

    @Test
    void read_whenRecordIsNoJson_passesOverIt() throws IOException {
        Files.writeString(folder.resolve(".pulled-x.json"), "{");
        assertThat(PullRecord.read(folder)).isEmpty();
    }

    @Test
    void read_whenFileIsOutsideTheFolder_passesOverIt() throws IOException {
        Path inner = Files.createDirectory(folder.resolve("inner"));
        Files.write(folder.resolve("x.gguf"), new byte[3]);
        RepositoryFile outside = new RepositoryFile("../x.gguf", 3, Optional.empty());
        PullRecord.write(inner, new ModelChoice("out", "../x.gguf", List.of(outside)));
        assertThat(PullRecord.read(inner)).isEmpty();
    }
}
