package dev.tokamak.models.store;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.huggingface.HuggingFaceDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/// Models of hub repositories in the cache, each repository in a folder of its own. Thread-safe, also between processes.
final class HubModels {

    private final Path folder;
    private final HubSettings settings;
    private final FreeSpace space;

    /// @param folder of all repositories
    HubModels(Path folder, HubSettings settings, FreeSpace space) {
        this.folder = folder;
        this.settings = settings;
        this.space = space;
    }

    /// The file or folder of a model that is here.
    ///
    /// @throws ModelException AMBIGUOUS when several are meant
    Optional<Path> find(HubReference reference) {
        Path repository = folder.resolve(reference.repository());
        try {
            List<ModelChoice> here = PullRecord.read(repository);
            boolean meant =
                    reference.wanted().isEmpty()
                            ? !here.isEmpty()
                            : here.stream().anyMatch(one -> one.isCalled(reference.wanted().get()));
            return meant
                    ? Optional.of(
                            repository.resolve(RepositoryContents.choose(reference, here).target()))
                    : Optional.empty();
        } catch (IOException e) {
            throw unusable(reference, e);
        }
    }

    /// All models that are here.
    List<PulledModel> list() {
        List<PulledModel> models = new ArrayList<>();
        try {
            for (Path repository : repositories()) {
                String name = folder.relativize(repository).toString().replace('\\', '/');
                HubReference reference = new HubReference(name, Optional.empty());
                for (ModelChoice choice : PullRecord.read(repository)) {
                    models.add(
                            new PulledModel(
                                    reference.named(choice.label()),
                                    repository.resolve(choice.target()),
                                    choice.sizeBytes()));
                }
            }
        } catch (IOException e) {
            throw new ModelException(
                    ModelException.Code.NOT_A_FILE, folder + " cannot be read: " + e, e);
        }
        return models;
    }

    private List<Path> repositories() throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all =
                Files.find(folder, 2, (_, attributes) -> attributes.isDirectory())) {
            return all.filter(path -> folder.relativize(path).getNameCount() == 2)
                    .sorted()
                    .toList();
        }
    }

    /// Deletes a model's files that no other model needs.
    ///
    /// @return the bytes that are free now
    long remove(HubReference reference) {
        Path repository = folder.resolve(reference.repository());
        try (StoreLock _ = lock(reference, PullListener.NONE)) {
            List<ModelChoice> here = PullRecord.read(repository);
            if (here.isEmpty()) {
                throw new ModelException(
                        ModelException.Code.NOT_FOUND, reference + " is not in the cache");
            }
            ModelChoice choice = RepositoryContents.choose(reference, here);
            PullRecord.delete(repository, choice);
            List<RepositoryFile> needed =
                    here.stream()
                            .filter(other -> !other.equals(choice))
                            .flatMap(other -> other.files().stream())
                            .toList();
            long freeBytes = 0;
            for (RepositoryFile file : choice.files()) {
                if (needed.stream().noneMatch(other -> other.path().equals(file.path()))) {
                    Files.deleteIfExists(repository.resolve(file.path()));
                    freeBytes += file.sizeBytes();
                }
            }
            deleteEmptyFolders(repository);
            return freeBytes;
        } catch (IOException e) {
            throw unusable(reference, e);
        } catch (InterruptedException e) {
            throw interrupted(reference, e);
        }
    }

    private static void deleteEmptyFolders(Path repository) throws IOException {
        List<Path> folders;
        try (Stream<Path> all = Files.find(repository, 8, (_, found) -> found.isDirectory())) {
            folders = all.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : folders) {
            try (Stream<Path> left = Files.list(path)) {
                if (left.findAny().isPresent()) {
                    continue;
                }
            }
            Files.delete(path);
        }
    }

    /// The file or folder of a model, which is fetched when it is not here.
    ///
    /// @throws ModelException NOT_FOUND, AMBIGUOUS, UNSUPPORTED, DOWNLOAD, CHECKSUM or DISK_FULL
    Path pull(HubReference reference, PullListener listener) {
        Optional<Path> here = find(reference);
        if (here.isPresent()) {
            return here.get();
        }
        try (StoreLock _ = lock(reference, listener)) {
            Optional<Path> meanwhile = find(reference);
            return meanwhile.isPresent() ? meanwhile.get() : fetch(reference, listener);
        } catch (IOException e) {
            boolean missing = e instanceof HubClient.HubRefusal refusal && refusal.status() == 404;
            throw new ModelException(
                    missing ? ModelException.Code.NOT_FOUND : ModelException.Code.DOWNLOAD,
                    "%s could not be fetched: %s".formatted(reference, HubDownload.reason(e)),
                    e);
        } catch (InterruptedException e) {
            throw interrupted(reference, e);
        }
    }

    private StoreLock lock(HubReference reference, PullListener listener)
            throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Path lock = folder.resolve("." + reference.repository().replace('/', '-') + ".lock");
        String waiting =
                "another process is at work on hf:%s; waiting for it"
                        .formatted(reference.repository());
        return StoreLock.acquire(lock, () -> listener.note(waiting));
    }

    private Path fetch(HubReference reference, PullListener listener)
            throws IOException, InterruptedException {
        Path repository = folder.resolve(reference.repository());
        try (HubClient client = new HubClient(settings)) {
            HubDownload asking = new HubDownload(settings, client, listener);
            RepositoryContents contents =
                    new RepositoryContents(
                            RepositoryListing.read(asking.repository(reference.repository())));
            ModelChoice choice = described(contents.choose(reference), reference, client, asking);
            listener.note(
                    "fetching %s, %s in %d %s"
                            .formatted(
                                    reference.named(choice.label()),
                                    Sizes.label(choice.sizeBytes()),
                                    choice.files().size(),
                                    choice.files().size() == 1 ? "file" : "files"));
            SharedProgress progress =
                    new SharedProgress(listener, choice.sizeBytes(), choice.files().size());
            requireRoom(repository, choice);
            List<RepositoryFile> texts = choice.files().stream().filter(HubModels::isText).toList();
            List<RepositoryFile> weights =
                    choice.files().stream().filter(file -> !isText(file)).toList();
            fetchAll(texts, reference, client, progress);
            if (choice.isFolder()) {
                HuggingFaceDirectory.requireKnown(repository);
            }
            fetchAll(weights, reference, client, progress);
            PullRecord.write(repository, choice);
            return repository.resolve(choice.target());
        }
    }

    /// What is small and says whether the rest is worth fetching.
    private static boolean isText(RepositoryFile file) {
        return file.path().endsWith(".json") || file.path().endsWith(".jinja");
    }

    /// The same with the sizes that the listing left out.
    private static ModelChoice described(
            ModelChoice choice, HubReference reference, HubClient client, HubDownload asking)
            throws IOException, InterruptedException {
        List<RepositoryFile> files = new ArrayList<>();
        for (RepositoryFile file : choice.files()) {
            if (file.sizeBytes() >= 0) {
                files.add(file);
                continue;
            }
            HubClient.RemoteFile remote =
                    asking.describe(client.location(reference.repository(), file.path()));
            if (remote.sizeBytes() < 0) {
                throw new IOException("the hub does not say how long " + file.path() + " is");
            }
            files.add(
                    new RepositoryFile(
                            file.path(), remote.sizeBytes(), file.sha256().or(remote::sha256)));
        }
        return new ModelChoice(choice.label(), choice.target(), files);
    }

    private void requireRoom(Path repository, ModelChoice choice) throws IOException {
        Files.createDirectories(repository);
        long neededBytes = 0;
        for (RepositoryFile file : choice.files()) {
            if (!PullRecord.isThere(repository, file)) {
                Path partial = destination(repository, file).partial(file.sha256().orElse(""));
                long haveBytes = Files.isRegularFile(partial) ? Files.size(partial) : 0;
                neededBytes += Math.max(0, file.sizeBytes() - haveBytes);
            }
        }
        long freeBytes = space.bytes(repository);
        if (neededBytes > freeBytes) {
            throw new ModelException(
                    ModelException.Code.DISK_FULL,
                    "%s more are needed in %s, which has %s free; free some space, or set %s to a folder on another disk"
                            .formatted(
                                    Sizes.label(neededBytes),
                                    repository,
                                    Sizes.label(freeBytes),
                                    CacheFolder.OVERRIDE));
        }
    }

    private Destination destination(Path repository, RepositoryFile file) {
        Path target = repository.resolve(file.path());
        Path parent = target.getParent() == null ? repository : target.getParent();
        return new Destination(parent, file.fileName(), file.fileName(), space);
    }

    private void fetchAll(
            List<RepositoryFile> files,
            HubReference reference,
            HubClient client,
            SharedProgress progress)
            throws IOException, InterruptedException {
        Path repository = folder.resolve(reference.repository());
        List<Callable<Boolean>> work = new ArrayList<>();
        for (RepositoryFile file : files) {
            work.add(
                    () -> {
                        boolean there = PullRecord.isThere(repository, file);
                        if (!there) {
                            fetch(file, reference, client, progress);
                        }
                        progress.completed(file, there);
                        return there;
                    });
        }
        ParallelWork.run(work);
    }

    private void fetch(
            RepositoryFile file, HubReference reference, HubClient client, SharedProgress progress)
            throws IOException, InterruptedException {
        Destination destination = destination(folder.resolve(reference.repository()), file);
        Files.createDirectories(destination.folder());
        try {
            new HubDownload(settings, client, progress.of(file.path()))
                    .fetch(
                            client.location(reference.repository(), file.path()),
                            file.sizeBytes(),
                            file.sha256().orElse(""),
                            destination);
        } catch (ModelException e) {
            throw new ModelException(e.code(), file.path() + ": " + e.getMessage(), e);
        }
        destination.deleteLeftovers();
    }

    private static ModelException unusable(HubReference reference, IOException cause) {
        return new ModelException(
                ModelException.Code.NOT_A_FILE,
                "%s: the cache cannot be used: %s".formatted(reference, cause),
                cause);
    }

    private static ModelException interrupted(HubReference reference, InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new ModelException(
                ModelException.Code.DOWNLOAD,
                "fetching %s was interrupted; what is there will be continued".formatted(reference),
                cause);
    }
}
