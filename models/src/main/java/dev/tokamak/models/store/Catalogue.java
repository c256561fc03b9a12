package dev.tokamak.models.store;

import dev.tokamak.models.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// The models that the store knows by name. Immutable.
final class Catalogue {

    private static final int NEAR_EDITS = 4;
    private static final int SUGGESTIONS = 3;

    private final List<CatalogueModel> models;

    Catalogue(List<CatalogueModel> models) {
        this.models = List.copyOf(models);
    }

    /// The catalogue that comes with this release.
    static Catalogue bundled() {
        try (InputStream json =
                Objects.requireNonNull(Catalogue.class.getResourceAsStream("catalogue.json"))) {
            return new Catalogue(
                    new ObjectMapper()
                            .readTree(json)
                            .get("models")
                            .valueStream()
                            .map(Catalogue::model)
                            .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static CatalogueModel model(JsonNode node) {
        return new CatalogueModel(
                node.get("name").stringValue(),
                node.get("title").stringValue(),
                node.get("licence").stringValue(),
                node.get("architecture").stringValue(),
                node.get("bytes").longValue(),
                node.get("sources").valueStream().map(Catalogue::source).toList());
    }

    private static ModelSource source(JsonNode node) {
        String sha256 = node.path("sha256").asString("");
        if (node.has("repository")) {
            return new ModelSource.Hub(
                    node.get("repository").stringValue(), node.get("file").stringValue(), sha256);
        }
        return new ModelSource.Packages(
                sha256, node.get("packages").valueStream().map(Catalogue::part).toList());
    }

    private static ModelSource.Part part(JsonNode node) {
        return new ModelSource.Part(
                node.get("name").stringValue(),
                node.get("version").stringValue(),
                node.get("member").stringValue(),
                node.get("bytes").longValue());
    }

    List<CatalogueModel> models() {
        return models;
    }

    /// The model of this name; the part behind the colon may be left out where only one begins so.
    Optional<CatalogueModel> find(String name) {
        String wanted = name.toLowerCase(Locale.ROOT);
        Optional<CatalogueModel> exact =
                models.stream().filter(model -> model.name().equals(wanted)).findFirst();
        if (exact.isPresent()) {
            return exact;
        }
        List<CatalogueModel> family =
                models.stream().filter(model -> model.name().startsWith(wanted + ":")).toList();
        return family.size() == 1 ? Optional.of(family.getFirst()) : Optional.empty();
    }

    /// @throws ModelException NOT_FOUND with the nearest names
    CatalogueModel require(String name) {
        return find(name)
                .orElseThrow(
                        () ->
                                new ModelException(
                                        ModelException.Code.NOT_FOUND,
                                        "there is no model '%s'%s; known models: %s; or name a file"
                                                .formatted(name, suggestion(name), names())));
    }

    private String suggestion(String name) {
        List<String> near = near(name.toLowerCase(Locale.ROOT));
        return near.isEmpty() ? "" : " (did you mean " + String.join(" or ", near) + "?)";
    }

    private String names() {
        return models.stream().map(CatalogueModel::name).collect(Collectors.joining(", "));
    }

    /// The names that look most like this one.
    private List<String> near(String name) {
        record Candidate(String name, int edits) {}
        List<Candidate> candidates = new ArrayList<>();
        for (CatalogueModel model : models) {
            boolean related = !name.isEmpty() && model.name().startsWith(name);
            int edits = related ? 0 : edits(name, model.name());
            if (edits <= NEAR_EDITS) {
                candidates.add(new Candidate(model.name(), edits));
            }
        }
        candidates.sort(Comparator.comparingInt(Candidate::edits));
        return candidates.stream().limit(SUGGESTIONS).map(Candidate::name).toList();
    }

    /// How many letters must be added, removed or changed to make one text of the other.
    private static int edits(String from, String to) {
        int[] row = new int[to.length() + 1];
        for (int i = 0; i < row.length; i++) {
            row[i] = i;
        }
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int change = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[to.length()];
    }
}
