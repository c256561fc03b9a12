package dev.tokamak.models.store;

import java.util.HashMap;
import java.util.Map;

/// Adds up how far several files are and tells one listener, one call at a time. Thread-safe.
final class SharedProgress {

    private final PullListener listener;
    private final long totalBytes;
    private final int files;
    private final Map<String, Long> doneBytes = new HashMap<>();
    private long sum;
    private int complete;

    /// @param files how many there are in all
    SharedProgress(PullListener listener, long totalBytes, int files) {
        this.listener = listener;
        this.totalBytes = totalBytes;
        this.files = files;
    }

    /// A listener for one of the files.
    PullListener of(String file) {
        return new PullListener() {
            @Override
            public void advance(long done, long total) {
                advanced(file, done);
            }

            @Override
            public void note(String message) {
                noted(file + ": " + message);
            }
        };
    }

    private synchronized void advanced(String file, long done) {
        Long before = doneBytes.put(file, done);
        sum += done - (before == null ? 0 : before);
        listener.advance(sum, totalBytes);
    }

    private synchronized void noted(String message) {
        listener.note(message);
    }

    /// Tells that a file is whole.
    synchronized void completed(RepositoryFile file, boolean wasThere) {
        complete++;
        advanced(file.path(), file.sizeBytes());
        if (files > 1 && !wasThere) {
            listener.note(
                    "%d of %d files: %s, %s"
                            .formatted(
                                    complete, files, file.path(), Sizes.label(file.sizeBytes())));
        }
    }
}
