package dev.tokamak.app.command;

import dev.tokamak.app.terminal.ProgressBar;
import dev.tokamak.models.LoadOptions;
import dev.tokamak.models.store.ModelStore;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `tokamak pull`: brings a model of the catalogue or of a hub repository into the cache.
@Command(
        name = "pull",
        description = {
            "Downloads a model, verifies its checksums and keeps it in the cache; resumes where it was cut off.",
            "Of a repository of the hub that is one GGUF file, all parts of a split one, or a folder of safetensors, several files at once; where it has several models, they are listed. Private and gated repositories need the environment variable HF_TOKEN."
        },
        mixinStandardHelpOptions = true)
final class PullCommand implements Runnable {

    @Parameters(
            paramLabel = "NAME",
            description =
                    "A name from 'tokamak list', for example smollm2:135m, or hf:OWNER/REPOSITORY, where need be with a file or quantisation: hf:OWNER/REPOSITORY:Q4_K_M.")
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
