package dev.tokamak.engine.execute;

import dev.tokamak.engine.cache.PageGroup;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// The device boundary: something that holds KV pages and executes batches. Confined to the engine thread.
public interface Backend extends AutoCloseable {

    /// The KV pages of the layers that see all earlier positions, then those of the layers of each window.
    List<PageGroup> pageGroups();

    /// Tokens of one page.
    int pageTokens();

    /// The most tokens that one batch may hold.
    int maxBatchTokens();

    /// The most logit rows that one batch may ask for.
    int maxLogitRows();

    int vocabularySize();

    /// The most tokens of a sequence whose keys stay as they are when it grows: one that becomes longer must be computed again
    /// from its start. `Integer.MAX_VALUE` for most models.
    int shortTokens();

    /// Runs a batch: stores the keys and values of its tokens and computes the logits it asks for.
    void execute(Batch batch);

    /// The fp32 logits of the last batch, `[batch.logitRows()][vocabularySize()]`, row r for the r-th token that asked.
    MemorySegment logits();

    /// Copies the keys and values of one page of a group into another, for sequences that part within a page.
    void copyPage(int group, int fromPage, int toPage);

    @Override
    void close();
}
