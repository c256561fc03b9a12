package dev.tokamak.models.gguf;

import dev.tokamak.models.ModelException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A model in several GGUF files, called `NAME-00001-of-00003.gguf` and so on. The first part has the metadata. Thread-safe;
/// after closing it its metadata and tensors throw.
public final class SplitGgufFile implements ModelFile {

    private static final Pattern NAME = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");
    private static final int MOST_PARTS = 1 << 12;

    private final List<GgufFile> parts;
    private final List<GgufTensor> tensors = new ArrayList<>();
    private final Map<String, GgufFile> partOfTensor = new LinkedHashMap<>();

    private SplitGgufFile(List<GgufFile> parts) {
        this.parts = List.copyOf(parts);
        for (GgufFile part : parts) {
            for (GgufTensor tensor : part.tensors()) {
                if (partOfTensor.put(tensor.name(), part) != null) {
                    throw part.corrupt(
                            "tensor '%s' is in an earlier part too".formatted(tensor.name()));
                }
                tensors.add(tensor);
            }
        }
    }

    /// Opens the other parts of a model. Closes all of them when one is missing or wrong, the first one too.
    ///
    /// @throws ModelException NOT_FOUND, CORRUPT_FILE or UNSUPPORTED
    static SplitGgufFile open(GgufFile first) {
        List<GgufFile> parts = new ArrayList<>(List.of(first));
        boolean opened = false;
        try {
            int count = (int) first.metadata().requireInteger("split.count", 2, MOST_PARTS);
            List<Path> paths = paths(first, count);
            for (int number = 0; number < count; number++) {
                if (number > 0) {
                    parts.add(GgufFile.open(paths.get(number)));
                }
                requirePart(parts.get(number), number, count);
            }
            SplitGgufFile file = new SplitGgufFile(parts);
            long expected = first.metadata().integer("split.tensors.count").orElse(-1);
            if (expected != file.tensors.size() && expected >= 0) {
                throw first.corrupt(
                        "metadata 'split.tensors.count' is %d, but the parts have %d tensors"
                                .formatted(expected, file.tensors.size()));
            }
            opened = true;
            return file;
        } finally {
            if (!opened) {
                parts.forEach(GgufFile::close);
            }
        }
    }

    private static List<Path> paths(GgufFile first, int count) {
        Matcher name = NAME.matcher(String.valueOf(first.path().getFileName()));
        if (!name.matches() || Integer.parseInt(name.group(3)) != count) {
            throw first.unsupported(
                    "one of %d parts of a split model, whose name must end with '-00001-of-%05d.gguf' for the others to be found"
                            .formatted(count, count));
        }
        List<Path> paths = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        for (int number = 1; number <= count; number++) {
            String part = "%s-%05d-of-%05d.gguf".formatted(name.group(1), number, count);
            Path path = first.path().resolveSibling(part);
            paths.add(path);
            if (!Files.exists(path)) {
                missing.add(part);
            }
        }
        if (Integer.parseInt(name.group(2)) != 1) {
            throw first.unsupported(
                    "part %s of a split model; open the first part, '%s'"
                            .formatted(name.group(2), paths.getFirst().getFileName()));
        }
        if (!missing.isEmpty()) {
            throw new ModelException(
                    ModelException.Code.NOT_FOUND,
                    "%s: %d of %d parts are missing: %s"
                            .formatted(
                                    first.path(),
                                    missing.size(),
                                    count,
                                    String.join(
                                            ", ",
                                            missing.subList(0, Math.min(10, missing.size())))));
        }
        return paths;
    }

    private static void requirePart(GgufFile part, int number, int count) {
        requireValue(part, "split.no", number);
        requireValue(part, "split.count", count);
    }

    private static void requireValue(GgufFile part, String key, long expected) {
        long found = part.metadata().requireInteger(key);
        if (found != expected) {
            throw part.corrupt("metadata '%s' is %d, expected %d".formatted(key, found, expected));
        }
    }

    @Override
    public Path path() {
        return parts.getFirst().path();
    }

    @Override
    public long sizeBytes() {
        return parts.stream().mapToLong(GgufFile::sizeBytes).sum();
    }

    @Override
    public String format() {
        return "%s in %d parts".formatted(parts.getFirst().format(), parts.size());
    }

    @Override
    public List<Path> files() {
        return parts.stream().map(GgufFile::path).toList();
    }

    @Override
    public Metadata metadata() {
        return parts.getFirst().metadata();
    }

    @Override
    public List<GgufTensor> tensors() {
        return tensors;
    }

    @Override
    public MemorySegment map(GgufTensor tensor, Arena owner) {
        GgufFile part = partOfTensor.get(tensor.name());
        if (part == null) {
            throw corrupt("tensor '" + tensor.name() + "' is missing");
        }
        return part.map(tensor, owner);
    }

    @Override
    public void close() {
        parts.forEach(GgufFile::close);
    }
}
