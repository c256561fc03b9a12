package dev.tokamak.app.command;

import dev.tokamak.app.wiring.EngineSettings;
import dev.tokamak.app.wiring.RunningModel;
import dev.tokamak.kernels.team.BackgroundWork;
import dev.tokamak.models.store.ModelStore;
import dev.tokamak.server.model.ModelRegistry;
import java.nio.file.Path;

/// A model on its way to being served: found, downloaded where need be, loaded and started by a thread of its own, while
/// the caller opens the port. Closing it gives up or frees the model. Confined to one thread.
final class ModelStart implements AutoCloseable {

    private final BackgroundWork<Started> work;

    private ModelStart(BackgroundWork<Started> work) {
        this.work = work;
    }

    /// A model that runs, under the name that clients use.
    record Started(String name, Path file, RunningModel model) {}

    /// Begins; the registry shows how far it has come.
    static ModelStart begin(EngineSettings settings, ModelRegistry registry) {
        return new ModelStart(
                BackgroundWork.start("tokamak-load", () -> start(settings, registry)));
    }

    /// Waits until the model runs, or throws what went wrong.
    Started await() throws InterruptedException {
        return work.await();
    }

    @Override
    public void close() {
        work.interrupt();
        work.close();
        work.result().ifPresent(started -> started.model().close());
    }

    private static Started start(EngineSettings settings, ModelRegistry registry) {
        ModelRegistry.Loading fetching =
                registry.begin(settings.model().orElse(ModelStore.DEFAULT_MODEL));
        Startup.Fetched fetched = Startup.fetch(settings, fetching);
        registry.abandon(fetching.name());
        ModelRegistry.Loading loading = registry.begin(fetched.name());
        return new Started(
                fetched.name(), fetched.file(), Startup.load(fetched, settings, loading));
    }
}
