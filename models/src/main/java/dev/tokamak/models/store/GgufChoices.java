package dev.tokamak.models.store;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds the models among the GGUF files of a repository: the parts of a split one belong together, and what belongs to another
/// model (a projector for pictures, an importance matrix) is none. Stateless.
final class GgufChoices {

    private static final String ENDING = ".gguf";
    private static final Pattern PART =
            Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf", Pattern.CASE_INSENSITIVE);
    private static final Pattern QUANTISATION =
            Pattern.compile(
                    "(?<![A-Za-z0-9])(?:UD[-_])?(?:I?Q[1-8]_[A-Z0-9]+(?:_[A-Z0-9]+)*|TQ[12]_0|BF16|F16|F32|FP16|FP32|MXFP4(?:_MOE)?|NVFP4)(?![A-Za-z0-9])",
                    Pattern.CASE_INSENSITIVE);
    private static final List<String> NO_MODELS = List.of("mmproj", "imatrix");

    private GgufChoices() {}

    /// The models, the smallest first.
    static List<ModelChoice> of(List<RepositoryFile> files) {
        Map<String, Map<Integer, RepositoryFile>> splits = new LinkedHashMap<>();
        Map<String, Integer> counts = new LinkedHashMap<>();
        List<List<RepositoryFile>> models = new ArrayList<>();
        for (RepositoryFile file : files) {
            String lower = file.fileName().toLowerCase(Locale.ROOT);
            if (!lower.endsWith(ENDING) || NO_MODELS.stream().anyMatch(lower::contains)) {
                continue;
            }
            Matcher part = PART.matcher(file.path());
            if (!part.matches()) {
                models.add(List.of(file));
                continue;
            }
            splits.computeIfAbsent(part.group(1) + part.group(3), _ -> new TreeMap<>())
                    .put(Integer.parseInt(part.group(2)), file);
            counts.put(part.group(1) + part.group(3), Integer.parseInt(part.group(3)));
        }
        splits.forEach(
                (name, parts) -> {
                    boolean whole = parts.size() == counts.getOrDefault(name, 0);
                    if (whole && parts.containsKey(1) && parts.containsKey(parts.size())) {
                        models.add(List.copyOf(parts.values()));
                    }
                });
        return labelled(models);
    }

    private static List<ModelChoice> labelled(List<List<RepositoryFile>> models) {
        Map<String, Integer> uses = new LinkedHashMap<>();
        models.forEach(model -> uses.merge(label(model.getFirst()), 1, Integer::sum));
        List<ModelChoice> choices = new ArrayList<>();
        for (List<RepositoryFile> model : models) {
            String path = model.getFirst().path();
            String label = label(model.getFirst());
            boolean unique = uses.getOrDefault(label, 0) == 1;
            choices.add(new ModelChoice(unique ? label : path, path, model));
        }
        choices.sort(
                Comparator.comparingLong(ModelChoice::sizeBytes).thenComparing(ModelChoice::label));
        return choices;
    }

    /// The quantisation that the file's name or its folder's tells, else the name.
    private static String label(RepositoryFile file) {
        String name = file.path().substring(0, file.path().length() - ENDING.length());
        Matcher part = PART.matcher(file.path());
        if (part.matches()) {
            name = part.group(1);
        }
        Matcher quantisation = QUANTISATION.matcher(name);
        String last = "";
        while (quantisation.find()) {
            last = quantisation.group().toUpperCase(Locale.ROOT);
        }
        return last.isEmpty() ? file.fileName() : last;
    }
}
