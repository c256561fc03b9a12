package dev.tokamak.models.huggingface;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/// The safetensors files of a folder, as its index lists them or the one that there is. Thread-safe; after closing it no tensor
/// can be mapped.
final class WeightFolder implements AutoCloseable {

    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final int MOST_SHARDS = 1 << 12;

    private final List<SafetensorsFile> files = new ArrayList<>();
    private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();

    private WeightFolder() {}

    static WeightFolder open(Path folder) {
        WeightFolder weights = new WeightFolder();
        boolean opened = false;
        try {
            Path index = folder.resolve(INDEX);
            if (Files.exists(index)) {
                weights.openShards(folder, index);
            } else if (Files.exists(folder.resolve(SINGLE))) {
                weights.add(SafetensorsFile.open(folder.resolve(SINGLE)));
            } else {
                throw new Faults(folder)
                        .missing(
                                "there is neither '%s' nor '%s'; weights in other formats are not supported"
                                        .formatted(SINGLE, INDEX));
            }
            opened = true;
            return weights;
        } finally {
            if (!opened) {
                weights.close();
            }
        }
    }

    private void openShards(Path folder, Path index) {
        Faults faults = new Faults(index);
        JsonNode map = JsonFile.read(index).path("weight_map");
        if (!map.isObject()) {
            throw faults.corrupt("has no object 'weight_map'");
        }
        TreeSet<String> names = new TreeSet<>();
        for (JsonNode value : map) {
            String name = value.isString() ? value.stringValue() : "";
            if (!name.endsWith(".safetensors") || name.contains("/") || name.contains("\\")) {
                throw faults.corrupt(
                        "names the file %s, expected one of this folder that ends with '.safetensors'"
                                .formatted(Faults.shown(value)));
            }
            names.add(name);
        }
        if (names.size() > MOST_SHARDS) {
            throw faults.corrupt(
                    "names %d files, the limit is %d".formatted(names.size(), MOST_SHARDS));
        }
        List<String> missing =
                names.stream().filter(name -> !Files.exists(folder.resolve(name))).toList();
        if (!missing.isEmpty()) {
            throw faults.missing(
                    "names files that are missing: " + Faults.shown(String.join(", ", missing)));
        }
        for (String name : names) {
            add(SafetensorsFile.open(folder.resolve(name)));
        }
        for (Map.Entry<String, JsonNode> entry : map.properties()) {
            if (!tensors.containsKey(entry.getKey())) {
                throw faults.corrupt(
                        "tensor '%s' is in none of the files".formatted(entry.getKey()));
            }
        }
    }

    private void add(SafetensorsFile file) {
        files.add(file);
        for (SafetensorsHeader.Entry entry : file.entries()) {
            if (tensors.put(entry.name(), new StoredTensor(file, entry)) != null) {
                throw new Faults(file.path())
                        .corrupt("tensor '%s' is in another file too".formatted(entry.name()));
            }
        }
    }

    /// All tensors by their names.
    Map<String, StoredTensor> tensors() {
        return tensors;
    }

    List<Path> paths() {
        return files.stream().map(SafetensorsFile::path).toList();
    }

    long sizeBytes() {
        return files.stream().mapToLong(SafetensorsFile::sizeBytes).sum();
    }

    @Override
    public void close() {
        files.forEach(SafetensorsFile::close);
    }
}
