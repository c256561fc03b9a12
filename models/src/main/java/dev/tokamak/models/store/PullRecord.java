package dev.tokamak.models.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The note beside the files of a pulled model that all of them are there, and which they are. Written last; a model without
/// one is not there. Stateless.
final class PullRecord {

    private static final String START = ".pulled-";
    private static final String ENDING = ".json";
    private static final int MOST_MARK_CHARACTERS = 100;

    private PullRecord() {}

    static void write(Path folder, ModelChoice choice) throws IOException {
        ObjectNode record = JsonMapper.shared().createObjectNode();
        record.put("label", choice.label()).put("target", choice.target());
        ArrayNode files = record.putArray("files");
        for (RepositoryFile file : choice.files()) {
            ObjectNode entry = files.addObject();
            entry.put("path", file.path()).put("bytes", file.sizeBytes());
            file.sha256().ifPresent(sum -> entry.put("sha256", sum));
        }
        Path target = path(folder, choice);
        Path temporary = target.resolveSibling(target.getFileName() + ".new");
        Files.write(temporary, JsonMapper.shared().writeValueAsBytes(record));
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    }

    static void delete(Path folder, ModelChoice choice) throws IOException {
        Files.deleteIfExists(path(folder, choice));
    }

    /// The models whose files are all in this folder.
    static List<ModelChoice> read(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<Path> records;
        try (Stream<Path> all = Files.list(folder)) {
            records = all.filter(PullRecord::isRecord).sorted().toList();
        }
        List<ModelChoice> choices = new ArrayList<>();
        for (Path record : records) {
            read(record, folder).ifPresent(choices::add);
        }
        return choices;
    }

    private static Optional<ModelChoice> read(Path record, Path folder) throws IOException {
        JsonNode json;
        try {
            json = JsonMapper.shared().readTree(Files.readAllBytes(record));
        } catch (JacksonException e) {
            // The model is fetched again, which keeps the files that are right.
            return Optional.empty();
        }
        List<RepositoryFile> files = new ArrayList<>();
        for (JsonNode entry : json.path("files")) {
            String sha256 = entry.path("sha256").asString("");
            RepositoryFile file =
                    new RepositoryFile(
                            entry.path("path").asString(""),
                            entry.path("bytes").asLong(-1),
                            Optional.of(sha256).filter(sum -> !sum.isEmpty()));
            if (!isThere(folder, file)) {
                return Optional.empty();
            }
            files.add(file);
        }
        return files.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new ModelChoice(
                                json.path("label").asString(""),
                                json.path("target").asString(""),
                                files));
    }

    /// Whether a file of this name and length is in the folder.
    static boolean isThere(Path folder, RepositoryFile file) throws IOException {
        Path path = folder.resolve(file.path()).normalize();
        return path.startsWith(folder.normalize())
                && Files.isRegularFile(path)
                && Files.size(path) == file.sizeBytes();
    }

    private static boolean isRecord(Path file) {
        String name = file.getFileName().toString();
        return name.startsWith(START) && name.endsWith(ENDING);
    }

    private static Path path(Path folder, ModelChoice choice) {
        String label = choice.label();
        String mark = label.replaceAll("[^A-Za-z0-9._-]", "-");
        if (!mark.equals(label) || mark.length() > MOST_MARK_CHARACTERS) {
            // Paths may be longer than names of files can be, and differ in what is replaced.
            int end = Math.min(mark.length(), MOST_MARK_CHARACTERS);
            mark = mark.substring(0, end) + "-" + Integer.toHexString(label.hashCode());
        }
        return folder.resolve(START + mark + ENDING);
    }
}
