package dev.tokamak.server.model;

import dev.tokamak.models.LoadOptions;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// The models of a service by name: those that answer and those that still load. The service reads it for each request,
/// so models may arrive after it listens. Thread-safe.
public final class ModelRegistry {

    private final Map<String, ServedModel> served = new ConcurrentHashMap<>();
    private final Map<String, Loading> loading = new ConcurrentHashMap<>();

    /// A registry without models.
    public ModelRegistry() {}

    /// A registry of models that are ready.
    public static ModelRegistry of(ServedModel... models) {
        ModelRegistry registry = new ModelRegistry();
        for (ServedModel model : models) {
            registry.add(model);
        }
        return registry;
    }

    /// Announces a model that will be added under this name, and takes its progress.
    public Loading begin(String name) {
        Loading begun = new Loading(name);
        loading.put(name, begun);
        return begun;
    }

    /// Makes a model answer; it is no longer loading.
    public void add(ServedModel model) {
        served.put(model.name(), model);
        loading.remove(model.name());
    }

    /// Withdraws the announcement of a model that could not be loaded.
    public void abandon(String name) {
        loading.remove(name);
    }

    public Optional<ServedModel> find(String name) {
        return Optional.ofNullable(served.get(name));
    }

    /// The models that answer, oldest first.
    public List<ServedModel> models() {
        return served.values().stream()
                .sorted(Comparator.comparing(ServedModel::created).thenComparing(ServedModel::name))
                .toList();
    }

    /// The models that were announced and have not arrived.
    public Collection<Loading> loading() {
        return List.copyOf(loading.values());
    }

    public boolean isLoading(String name) {
        return loading.containsKey(name);
    }

    /// Whether any model answers.
    public boolean isReady() {
        return !served.isEmpty();
    }

    /// How far the loading of one model has come. Thread-safe.
    public static final class Loading implements LoadOptions.Progress {

        private final String name;
        private volatile Step step = new Step(0, 0);

        private Loading(String name) {
            this.name = name;
        }

        public String name() {
            return name;
        }

        public Step step() {
            return step;
        }

        @Override
        public void advance(long doneBytes, long totalBytes) {
            step = new Step(doneBytes, totalBytes);
        }
    }

    /// Bytes that are ready of those expected; 0 of 0 before anything is known.
    public record Step(long doneBytes, long totalBytes) {

        /// From 0 to 1.
        public double fraction() {
            return totalBytes <= 0 ? 0 : Math.min(1, (double) doneBytes / totalBytes);
        }
    }
}
