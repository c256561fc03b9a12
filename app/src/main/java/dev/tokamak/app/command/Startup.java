package dev.tokamak.app.command;

import dev.tokamak.app.terminal.ProgressBar;
import dev.tokamak.app.wiring.EngineSettings;
import dev.tokamak.app.wiring.RunningModel;
import dev.tokamak.models.LoadOptions;
import dev.tokamak.models.store.ModelStore;
import dev.tokamak.models.store.PullListener;
import dev.tokamak.models.store.StoredModel;
import java.nio.file.Path;
import java.util.Optional;

/// From settings to a running model while a person watches: finds or downloads the file, then loads it.
final class Startup {

    private Startup() {}

    /// A model file that is here.
    ///
    /// @param name what clients call the model: its name in the catalogue, else the file's name without its ending
    record Fetched(String name, Path file) {}

    /// Finds the model that the settings name, and downloads it when need be. Where nothing is named and the default
    /// model cannot be had, the smallest one is taken.
    static Fetched fetch(EngineSettings settings, LoadOptions.Progress watcher) {
        ModelStore store = ModelStore.ofUser();
        try (ProgressBar bar =
                ProgressBar.onStandardError(
                        "fetching " + settings.model().orElse(ModelStore.DEFAULT_MODEL))) {
            PullListener listener = listener(bar, watcher);
            Path file =
                    settings.model()
                            .map(model -> store.resolve(model, listener))
                            .orElseGet(() -> store.pullDefault(listener));
            return new Fetched(nameOf(store, file), file);
        }
    }

    /// Loads the model and starts its engine.
    static RunningModel load(Fetched model, EngineSettings settings, LoadOptions.Progress watcher) {
        try (ProgressBar bar = ProgressBar.onStandardError("loading " + model.name())) {
            RunningModel running =
                    RunningModel.open(
                            model.file(),
                            settings,
                            (doneBytes, totalBytes) -> {
                                bar.advance(doneBytes, totalBytes);
                                watcher.advance(doneBytes, totalBytes);
                            });
            try {
                StartCache.requireStillRight(running);
                return running;
            } catch (RuntimeException e) {
                running.close();
                throw e;
            }
        }
    }

    /// Fetches and loads the model.
    static RunningModel open(EngineSettings settings) {
        return load(
                fetch(settings, LoadOptions.Progress.NONE), settings, LoadOptions.Progress.NONE);
    }

    /// Shows a download on the bar and hands it on to the watcher.
    static PullListener listener(ProgressBar bar, LoadOptions.Progress watcher) {
        return new PullListener() {
            @Override
            public void advance(long doneBytes, long totalBytes) {
                bar.advance(doneBytes, totalBytes);
                watcher.advance(doneBytes, totalBytes);
            }

            @Override
            public void note(String message) {
                bar.note(message);
            }
        };
    }

    private static String nameOf(ModelStore store, Path file) {
        Optional<StoredModel> known =
                store.list().stream().filter(model -> model.target().equals(file)).findFirst();
        Path last = file.getFileName();
        return known.map(model -> model.model().name())
                .orElseGet(
                        () ->
                                last == null
                                        ? file.toString()
                                        : last.toString().replaceFirst("\\.gguf$", ""));
    }
}
