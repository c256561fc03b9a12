package dev.tokamak.engine.cache;

import java.util.Arrays;
import java.util.Collection;

/// A fixed set of equally sized KV pages of one group of layers, handed out and taken back by number. Confined to the engine
/// thread.
public final class BlockPool {

    /* A page is an index, never an object, so taking one is an int pop. Pages that several sequences share are counted:
     * a page is free when nobody holds it. Invariant: the free stack holds exactly the pages whose count is zero. */

    private final int pageTokens;
    private final int[] holders;
    private final int[] free;
    private int freeCount;

    BlockPool(int pages, int pageTokens) {
        this.pageTokens = pageTokens;
        holders = new int[pages];
        free = new int[pages];
        freeCount = pages;
        for (int i = 0; i < pages; i++) {
            free[i] = pages - 1 - i;
        }
    }

    public int pages() {
        return holders.length;
    }

    public int available() {
        return freeCount;
    }

    public int used() {
        return holders.length - freeCount;
    }

    public int pageTokens() {
        return pageTokens;
    }

    /// The number of pages that this many tokens fill or begin.
    public int pagesFor(int tokens) {
        return (tokens + pageTokens - 1) / pageTokens;
    }

    /// Takes a free page for one holder.
    int take() {
        if (freeCount == 0) {
            throw new IllegalStateException("all " + holders.length + " pages are held");
        }
        int page = free[--freeCount];
        holders[page] = 1;
        return page;
    }

    /// Adds a holder to a page that is held already.
    void share(int page) {
        if (holders[page] == 0) {
            throw new IllegalStateException("page " + page + " is free and cannot be shared");
        }
        holders[page]++;
    }

    /// Takes one holder off a page; the last one frees it.
    void release(int page) {
        if (holders[page] == 0) {
            throw new IllegalStateException("page " + page + " is free already");
        }
        if (--holders[page] == 0) {
            free[freeCount++] = page;
        }
    }

    /// Fails when the pages held by these tables, and by nobody else, are not exactly the pages counted as held.
    void checkIntegrity(Collection<BlockTable> tables) {
        int[] counted = new int[holders.length];
        for (BlockTable table : tables) {
            for (int i = table.first(); i < table.size(); i++) {
                counted[table.pages()[i]]++;
            }
        }
        if (!Arrays.equals(counted, holders)) {
            throw new IllegalStateException(
                    "pages are held "
                            + Arrays.toString(counted)
                            + " times but counted as "
                            + Arrays.toString(holders));
        }
        boolean[] seen = new boolean[holders.length];
        for (int i = 0; i < freeCount; i++) {
            if (seen[free[i]] || holders[free[i]] != 0) {
                throw new IllegalStateException("page " + free[i] + " is free twice or held");
            }
            seen[free[i]] = true;
        }
        long unheld = Arrays.stream(holders).filter(count -> count == 0).count();
        if (unheld != freeCount) {
            throw new IllegalStateException(
                    unheld + " pages have no holder but " + freeCount + " are free");
        }
    }
}
