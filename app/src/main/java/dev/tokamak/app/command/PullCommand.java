package dev.tokamak.app.command;

import dev.tokamak.app.terminal.ProgressBar;
import dev.tokamak.models.LoadOptions;
import dev.tokamak.models.store.ModelStore;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `tokamak pull`: brings a model of the catalogue into the cache.
@Command(
        name = "pull",
        description =
                "Downloads a model, verifies its checksum and keeps it in the cache; resumes where it was cut off.",
        mixinStandardHelpOptions = true)
final class PullCommand implements Runnable {

    @Parameters(
            paramLabel = "NAME",
            description = "A name from 'tokamak list', for example smollm2:135m.")
    private String name = "";

    @Override
    public void run() {
        System.out.println(fetch());
    }

    private Path fetch() {
        try (ProgressBar bar = ProgressBar.onStandardError(name)) {
            return ModelStore.ofUser().pull(name, Startup.listener(bar, LoadOptions.Progress.NONE));
        }
    }
}
