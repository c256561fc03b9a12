package dev.tokamak.models.store;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.store.HubClient.HubRefusal;
import dev.tokamak.models.store.HubClient.RemoteFile;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;

/// Fetches a file from the model hub, going on where an earlier try stopped. Confined to one thread.
final class HubDownload {

    private static final int ATTEMPTS = 4;
    private static final int BUFFER_BYTES = 1 << 17;

    private final HubSettings settings;
    private final HubClient client;
    private final PullListener listener;

    HubDownload(HubSettings settings, HubClient client, PullListener listener) {
        this.settings = settings;
        this.client = client;
        this.listener = listener;
    }

    /// Fetches the file, verifies it and moves it to where it belongs.
    void fetch(ModelSource.Hub source, Destination destination)
            throws IOException, InterruptedException {
        URI location = client.location(source);
        RemoteFile remote = describe(location);
        fetch(location, remote.sizeBytes(), expectedChecksum(source, remote), destination);
    }

    /// Fetches a file of this size and checksum, which is empty when nobody says it.
    void fetch(URI location, long sizeBytes, String sha256, Destination destination)
            throws IOException, InterruptedException {
        try (PartialFile file = destination.open(sha256)) {
            if (file.size() > sizeBytes) {
                file.keep(0);
            }
            file.requireRoom(sizeBytes, 0);
            if (file.size() > 0) {
                listener.note("going on after " + Sizes.label(file.size()));
                listener.advance(file.size(), sizeBytes);
            }
            download(location, sizeBytes, file);
            file.complete();
        }
    }

    private static String expectedChecksum(ModelSource.Hub source, RemoteFile remote)
            throws IOException {
        if (remote.sizeBytes() <= 0) {
            throw new IOException("the hub does not say how long the file is");
        }
        String expected =
                source.sha256()
                        .or(remote::sha256)
                        .orElseThrow(
                                () -> new IOException("the hub reports no checksum of the file"));
        if (!remote.sha256().orElse(expected).equals(expected)) {
            throw new ModelException(
                    ModelException.Code.CHECKSUM,
                    "the hub's file has SHA-256 %s, expected %s"
                            .formatted(remote.sha256().orElseThrow(), expected));
        }
        return expected;
    }

    /// Something asked of the hub.
    private interface Question<T> {
        T ask() throws IOException, InterruptedException;
    }

    /// Asks for size and checksum of a file.
    RemoteFile describe(URI location) throws IOException, InterruptedException {
        return patiently(() -> client.describe(location));
    }

    /// Asks what a repository holds.
    byte[] repository(String name) throws IOException, InterruptedException {
        return patiently(() -> client.repository(name));
    }

    /// Asks again where the hub cannot answer just now.
    private <T> T patiently(Question<T> question) throws IOException, InterruptedException {
        Duration pause = settings.retryPause();
        for (int attempt = 1; ; attempt++) {
            try {
                return question.ask();
            } catch (HubRefusal e) {
                if (!e.isPassing() || attempt == ATTEMPTS) {
                    throw e;
                }
            }
            Thread.sleep(pause);
            pause = pause.multipliedBy(2);
        }
    }

    /// Appends what is missing. Attempts that bring something do not count.
    private void download(URI location, long totalBytes, PartialFile file)
            throws IOException, InterruptedException {
        int failures = 0;
        while (file.size() < totalBytes) {
            long before = file.size();
            try {
                append(location, totalBytes, file);
            } catch (IOException e) {
                boolean lasting = e instanceof HubRefusal refusal && !refusal.isPassing();
                failures = file.size() > before ? 1 : failures + 1;
                if (lasting || failures >= ATTEMPTS) {
                    throw e;
                }
                listener.note(
                        "%s after %s of %s; trying again"
                                .formatted(
                                        reason(e),
                                        Sizes.label(file.size()),
                                        Sizes.label(totalBytes)));
                Thread.sleep(settings.retryPause().multipliedBy(1L << (failures - 1)));
            }
        }
    }

    static String reason(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private void append(URI location, long totalBytes, PartialFile file)
            throws IOException, InterruptedException {
        HttpResponse<InputStream> answer = client.open(location, file.size());
        try (InputStream body = answer.body();
                StallGuard guard = new StallGuard(body, settings.stallLimit())) {
            if (answer.statusCode() == 416) {
                file.keep(0);
                throw new IOException("the server cannot go on in the middle of the file");
            }
            client.requireOk(answer);
            if (file.size() > 0 && !continues(answer, file.size())) {
                file.keep(0);
            }
            copy(body, guard, totalBytes, file);
        }
    }

    private static boolean continues(HttpResponse<InputStream> answer, long offsetBytes) {
        return answer.statusCode() == 206
                && answer.headers()
                        .firstValue("content-range")
                        .filter(range -> range.startsWith("bytes " + offsetBytes + "-"))
                        .isPresent();
    }

    private void copy(InputStream body, StallGuard guard, long totalBytes, PartialFile file)
            throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        while (file.size() < totalBytes) {
            int count = read(body, buffer, guard);
            if (count < 0) {
                throw new IOException("the connection was cut");
            }
            guard.progressed();
            file.append(buffer, (int) Math.min(count, totalBytes - file.size()));
            listener.advance(file.size(), totalBytes);
        }
    }

    private int read(InputStream body, byte[] buffer, StallGuard guard) throws IOException {
        try {
            int count = body.read(buffer);
            if (count < 0 && guard.isStalled()) {
                throw new IOException(
                        "nothing came for " + settings.stallLimit().toSeconds() + " s");
            }
            return count;
        } catch (IOException e) {
            throw guard.isStalled()
                    ? new IOException(
                            "nothing came for " + settings.stallLimit().toSeconds() + " s", e)
                    : e;
        }
    }
}
