package dev.tokamak.app.command;

import dev.tokamak.app.wiring.ByteSize;
import dev.tokamak.models.store.CatalogueModel;
import dev.tokamak.models.store.ModelStore;
import dev.tokamak.models.store.PulledModel;
import dev.tokamak.models.store.StoredModel;
import picocli.CommandLine.Command;

/// `tokamak list`: the catalogue, and which of its models are in the cache.
@Command(
        name = "list",
        description = "Lists the models that can be fetched by name, and those in the cache.",
        mixinStandardHelpOptions = true)
final class ListCommand implements Runnable {

    @Override
    public void run() {
        ModelStore store = ModelStore.ofUser();
        System.out.printf(
                "%-22s %10s  %-14s %-13s %s%n", "NAME", "SIZE", "LICENCE", "STATE", "TITLE");
        for (StoredModel stored : store.list()) {
            CatalogueModel model = stored.model();
            System.out.printf(
                    "%-22s %10s  %-14s %-13s %s%n",
                    model.name(),
                    new ByteSize(model.sizeBytes()),
                    model.licence(),
                    state(stored),
                    model.title());
        }
        for (PulledModel model : store.pulled()) {
            System.out.printf(
                    "%-22s %10s  %-14s %-13s %s%n",
                    model.name(), new ByteSize(model.sizeBytes()), "", "here", model.target());
        }
    }

    private static String state(StoredModel stored) {
        if (!stored.model().runnable()) {
            return "later release";
        }
        return stored.isInstalled() ? "here" : "to fetch";
    }
}
