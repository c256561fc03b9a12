package dev.tokamak.app.command;

import dev.tokamak.app.wiring.ByteSize;
import dev.tokamak.models.store.ModelStore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `tokamak remove`: deletes a model from the cache.
@Command(
        name = "remove",
        description = "Deletes the files of a model from the cache.",
        mixinStandardHelpOptions = true)
final class RemoveCommand implements Runnable {

    @Parameters(paramLabel = "NAME", description = "A name that 'tokamak list' shows as here.")
    private String name = "";

    @Override
    public void run() {
        long freeBytes = ModelStore.ofUser().remove(name);
        System.out.printf("%s is removed: %s are free again%n", name, new ByteSize(freeBytes));
    }
}
