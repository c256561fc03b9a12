package dev.tokamak.models.store;

import dev.tokamak.models.ModelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// The models in a repository of the hub, and which of them a user means. Immutable.
final class RepositoryContents {

    /// Files beside the weights that say what the model is and how texts become tokens.
    private static final Set<String> BESIDE_WEIGHTS =
            Set.of(
                    "config.json",
                    "generation_config.json",
                    "tokenizer.json",
                    "tokenizer_config.json",
                    "special_tokens_map.json",
                    "added_tokens.json",
                    "chat_template.jinja",
                    "chat_template.json",
                    "quantize_config.json",
                    "quant_config.json",
                    "modules.json",
                    "sentence_bert_config.json",
                    "config_sentence_transformers.json");

    private static final String WEIGHTS = ".safetensors";
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final String POOLING = "_Pooling/config.json";

    private static final Map<String, String> OTHER_WEIGHTS =
            Map.of(
                    ".bin", "PyTorch",
                    ".pt", "PyTorch",
                    ".pth", "PyTorch",
                    ".ckpt", "PyTorch",
                    ".onnx", "ONNX",
                    ".h5", "TensorFlow",
                    ".msgpack", "Flax",
                    ".npz", "NumPy");

    private final List<RepositoryFile> files;
    private final List<ModelChoice> choices;

    RepositoryContents(List<RepositoryFile> files) {
        this.files = List.copyOf(files);
        List<ModelChoice> all = new ArrayList<>(GgufChoices.of(files));
        folder().ifPresent(all::add);
        this.choices = List.copyOf(all);
    }

    /// The model meant.
    ///
    /// @throws ModelException NOT_FOUND, AMBIGUOUS or UNSUPPORTED, with what there is
    ModelChoice choose(HubReference reference) {
        if (choices.isEmpty()) {
            throw new ModelException(
                    ModelException.Code.UNSUPPORTED,
                    "%s has neither a GGUF file nor safetensors with a config.json and a tokenizer.json: it has %s"
                            .formatted(reference, whatIsThere()));
        }
        return choose(reference, choices);
    }

    static ModelChoice choose(HubReference reference, List<ModelChoice> choices) {
        List<ModelChoice> meant =
                reference.wanted().map(wanted -> meant(wanted, choices)).orElse(choices);
        if (meant.size() == 1) {
            return meant.getFirst();
        }
        List<ModelChoice> shown = meant.isEmpty() ? choices : meant;
        String lines = shown.stream().map(ModelChoice::line).collect(Collectors.joining("\n"));
        String example = reference.named(shown.getFirst().label());
        throw meant.isEmpty()
                ? new ModelException(
                        ModelException.Code.NOT_FOUND,
                        "%s has nothing called '%s'; it has\n%s"
                                .formatted(
                                        reference.repository(),
                                        reference.wanted().orElse(""),
                                        lines))
                : new ModelException(
                        ModelException.Code.AMBIGUOUS,
                        "%s may mean %d models; name one, for example %s\n%s"
                                .formatted(reference, shown.size(), example, lines));
    }

    private static List<ModelChoice> meant(String wanted, List<ModelChoice> choices) {
        List<ModelChoice> called =
                choices.stream().filter(choice -> choice.isCalled(wanted)).toList();
        return called.isEmpty()
                ? choices.stream().filter(choice -> choice.resembles(wanted)).toList()
                : called;
    }

    /// The folder of safetensors, where there is one that can be read.
    private Optional<ModelChoice> folder() {
        List<RepositoryFile> weights = weights();
        if (weights.isEmpty() || !has("config.json") || !has("tokenizer.json")) {
            return Optional.empty();
        }
        List<RepositoryFile> all = new ArrayList<>();
        for (RepositoryFile file : files) {
            boolean described = file.isAtTop() && BESIDE_WEIGHTS.contains(file.path());
            boolean index = weights.size() > 1 && file.path().equals(INDEX);
            if (described || index || file.path().endsWith(POOLING)) {
                all.add(file);
            }
        }
        all.addAll(weights);
        return Optional.of(new ModelChoice(ModelChoice.FOLDER, "", all));
    }

    /// One file, or all parts of which the index tells; what else lies about is for other programs.
    private List<RepositoryFile> weights() {
        List<RepositoryFile> top =
                files.stream()
                        .filter(RepositoryFile::isAtTop)
                        .filter(file -> file.path().endsWith(WEIGHTS))
                        .filter(file -> !file.path().startsWith("consolidated"))
                        .filter(file -> !file.path().startsWith("adapter_"))
                        .toList();
        List<RepositoryFile> parts =
                top.stream().filter(file -> !file.path().equals(SINGLE)).toList();
        return has(INDEX) && !parts.isEmpty()
                ? parts
                : top.stream().filter(file -> file.path().equals(SINGLE)).toList();
    }

    private boolean has(String path) {
        return files.stream().anyMatch(file -> file.path().equals(path));
    }

    private String whatIsThere() {
        Map<String, Integer> kinds = new TreeMap<>();
        for (RepositoryFile file : files) {
            String lower = file.path().toLowerCase(Locale.ROOT);
            OTHER_WEIGHTS.forEach(
                    (ending, kind) -> {
                        if (lower.endsWith(ending)) {
                            kinds.merge(kind + " weights", 1, Integer::sum);
                        }
                    });
            if (lower.startsWith("adapter_") && lower.endsWith(WEIGHTS)) {
                kinds.merge("adapters", 1, Integer::sum);
            } else if (lower.endsWith(WEIGHTS)) {
                kinds.merge("safetensors files", 1, Integer::sum);
            } else if (lower.endsWith(".gguf")) {
                kinds.merge("GGUF files that are no whole model", 1, Integer::sum);
            }
        }
        String what =
                kinds.entrySet().stream()
                        .map(kind -> "%s (%d)".formatted(kind.getKey(), kind.getValue()))
                        .collect(Collectors.joining(", "));
        return what.isEmpty()
                ? "%d files, none with weights".formatted(files.size())
                : what + (has("tokenizer.json") ? "" : ", and no tokenizer.json");
    }
}
