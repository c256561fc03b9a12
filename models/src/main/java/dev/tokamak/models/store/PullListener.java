package dev.tokamak.models.store;

/// Told how the fetching of a model goes; called from one thread at a time.
public interface PullListener {

    /// Tells nobody.
    PullListener NONE =
            new PullListener() {
                @Override
                public void advance(long doneBytes, long totalBytes) {}

                @Override
                public void note(String message) {}
            };

    /// `doneBytes` of `totalBytes` are there. The count may fall when a source fails and another begins anew.
    void advance(long doneBytes, long totalBytes);

    /// Something a person would like to know, for example that another process is being waited for.
    void note(String message);
}
