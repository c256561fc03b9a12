package dev.tokamak.models.huggingface;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Puts how the rows of a text become one vector, as the files of sentence-transformers say it (`modules.json`). Stateless.
final class SentenceModules {

    static final String FILE = "modules.json";

    private static final String KEY = "pooling_type";
    private static final String MODE = "pooling_mode";
    private static final int MOST_MODULES = 16;

    /// What configurations call the kinds of pooling, and GGUF's numbers for them.
    private static final Map<String, Integer> MODES =
            Map.of(
                    "pooling_mode_mean_tokens", 1,
                    "pooling_mode_cls_token", 2,
                    "pooling_mode_lasttoken", 3);

    private static final Map<String, Integer> NAMES = Map.of("mean", 1, "cls", 2, "lasttoken", 3);

    private SentenceModules() {}

    static void map(ConversionOutline outline, Path folder) {
        Path file = folder.resolve(FILE);
        if (!Files.isRegularFile(file) || outline.metadata.contains(outline.key(KEY))) {
            return;
        }
        Faults faults = new Faults(file);
        List<JsonNode> modules = JsonFile.readArray(file);
        if (modules.size() > MOST_MODULES) {
            throw faults.corrupt(
                    "has %d modules, the limit is %d".formatted(modules.size(), MOST_MODULES));
        }
        boolean pools = false;
        for (JsonNode module : modules) {
            String type = module.path("type").asString("");
            String kind = type.substring(type.lastIndexOf('.') + 1);
            switch (kind) {
                case "Transformer", "Normalize" -> {}
                case "Pooling" -> {
                    if (pools) {
                        throw faults.unsupported("has two modules 'Pooling'");
                    }
                    pools = true;
                    outline.put(KEY, pooling(folder, module.path("path").asString("")));
                }
                default ->
                        throw faults.unsupported(
                                "the module '%s' is not supported; supported: Transformer, Pooling, Normalize"
                                        .formatted(Faults.shown(kind)));
            }
        }
        outline.headless();
    }

    private static long pooling(Path folder, String path) {
        if (!path.matches("[A-Za-z0-9_-]{1,64}")) {
            throw new Faults(folder.resolve(FILE))
                    .corrupt(
                            "'path' is '%s', expected the name of a folder beside it"
                                    .formatted(Faults.shown(path)));
        }
        Path file = folder.resolve(path).resolve("config.json");
        ObjectNode config = JsonFile.read(file);
        Map<String, Integer> chosen = new TreeMap<>();
        List<String> others = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : config.properties()) {
            boolean named = entry.getKey().equals(MODE);
            String mode = named ? entry.getValue().asString("") : entry.getKey();
            boolean isOn =
                    named || (mode.startsWith(MODE + "_") && entry.getValue().asBoolean(false));
            Integer type = named ? NAMES.get(mode) : MODES.get(mode);
            if (isOn && type == null) {
                others.add(mode);
            } else if (isOn) {
                chosen.put(mode, type);
            }
        }
        long kinds = chosen.values().stream().distinct().count() + others.size();
        if (kinds != 1 || chosen.isEmpty()) {
            others.addAll(chosen.keySet());
            throw new Faults(file)
                    .unsupported(
                            "pools by %s; supported: one of mean, first (cls) and last token"
                                    .formatted(Faults.shown(others)));
        }
        return chosen.values().iterator().next();
    }
}
