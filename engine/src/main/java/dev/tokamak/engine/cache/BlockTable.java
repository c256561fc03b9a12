package dev.tokamak.engine.cache;

import java.util.Arrays;

/// The pages of one sequence in one group of layers, in the order of its positions. Confined to the engine thread.
final class BlockTable {

    /* Pages [first, size) are held; those before `first` have been given back, and nothing reads them. */

    private static final int GIVEN_BACK = -1;

    private final BlockPool pool;
    private int[] pages = {};
    private int first;
    private int size;

    BlockTable(BlockPool pool) {
        this.pool = pool;
    }

    /// The page numbers; only those from [#first()] to before [#size()] count. Replaced when the table grows.
    int[] pages() {
        return pages;
    }

    /// Index of the first page that is held.
    int first() {
        return first;
    }

    /// Index after the last page.
    int size() {
        return size;
    }

    /// The pages that are still lacking to hold this many tokens.
    int lacking(int tokens) {
        return Math.max(0, pool.pagesFor(tokens) - size);
    }

    /// Makes room for this many tokens in all; false, and nothing changed, when the pool lacks pages.
    boolean tryGrow(int tokens) {
        int lacking = lacking(tokens);
        if (lacking > pool.available()) {
            return false;
        }
        if (size + lacking > pages.length) {
            pages = Arrays.copyOf(pages, Math.max(size + lacking, pages.length * 2));
        }
        for (int i = 0; i < lacking; i++) {
            pages[size++] = pool.take();
        }
        return true;
    }

    /// Gives the pages back that hold nothing from this position on.
    void releaseBefore(int position) {
        int end = Math.min(size, position / pool.pageTokens());
        while (first < end) {
            pool.release(pages[first]);
            pages[first++] = GIVEN_BACK;
        }
    }

    /// Lets another, empty table begin with the first tokens of this one: full pages are shared, a last partial one is
    /// copied. False, and nothing changed, when the pool lacks a page for the copy.
    boolean tryFork(int tokens, BlockTable into, PageCopy copy) {
        int shared = tokens / pool.pageTokens();
        boolean partial = tokens % pool.pageTokens() != 0;
        if (partial && pool.available() == 0) {
            return false;
        }
        into.pages = Arrays.copyOf(pages, shared + 1);
        into.first = first;
        into.size = shared;
        for (int i = first; i < shared; i++) {
            pool.share(pages[i]);
        }
        if (partial) {
            int page = pool.take();
            copy.copyPage(pages[shared], page);
            into.pages[into.size++] = page;
        }
        return true;
    }

    /// Gives all pages back.
    void release() {
        for (int i = size - 1; i >= first; i--) {
            pool.release(pages[i]);
        }
        first = 0;
        size = 0;
    }

    /// Copies the contents of one page into another.
    @FunctionalInterface
    interface PageCopy {
        void copyPage(int fromPage, int toPage);
    }
}
