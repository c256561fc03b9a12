package dev.tokamak.kernels.attention;

import java.lang.foreign.MemorySegment;

/// The pages of one sequence as attention reads them: page `p` holds positions `32 * p` to `32 * p + 31` and lies in the
/// pool at `pages[p] * layout.pageBytes()`. Reused between steps; confined to the thread that prepares a batch, then
/// read by workers.
public final class KvView {

    private final KvLayout layout;
    private final MemorySegment pool;
    private int[] pages = new int[0];
    private int tokens;

    public KvView(KvLayout layout, MemorySegment pool) {
        this.layout = layout;
        this.pool = pool;
    }

    /// Points this view at the block table of a sequence whose tokens see nothing after them; the array is read, not copied.
    public void pages(int[] pages) {
        pages(pages, 0);
    }

    /// Points this view at the block table of a sequence; the array is read, not copied.
    ///
    /// @param tokens of the sequence: where a token sees later ones, their keys have been stored
    public void pages(int[] pages, int tokens) {
        this.pages = pages;
        this.tokens = tokens;
    }

    /// Tokens of the sequence as far as later ones are seen.
    int tokens() {
        return tokens;
    }

    public KvLayout layout() {
        return layout;
    }

    public MemorySegment pool() {
        return pool;
    }

    /// Offset in the pool of the page that holds this position.
    public long pageOffsetBytes(int position) {
        return pages[position / KvLayout.PAGE_TOKENS] * layout.pageBytes();
    }
}
