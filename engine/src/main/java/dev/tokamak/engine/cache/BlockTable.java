package dev.tokamak.engine.cache;

import java.util.Arrays;

/// The pages of one sequence in the order of its positions. Confined to the engine thread.
public final class BlockTable {

    private final BlockPool pool;
    private int[] pages = {};
    private int size;

    public BlockTable(BlockPool pool) {
        this.pool = pool;
    }

    /// The page numbers; only the first [#size()] count. Replaced when the table grows.
    public int[] pages() {
        return pages;
    }

    public int size() {
        return size;
    }

    /// The pages that are still lacking to hold this many tokens.
    public int lacking(int tokens) {
        return Math.max(0, pool.pagesFor(tokens) - size);
    }

    /// Makes room for this many tokens in all; false, and nothing changed, when the pool lacks pages.
    public boolean tryGrow(int tokens) {
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

    /// Lets another, empty table begin with the first tokens of this one: full pages are shared, a last partial one is
    /// copied. False, and nothing changed, when the pool lacks a page for the copy.
    public boolean tryFork(int tokens, BlockTable into, PageCopy copy) {
        int shared = tokens / pool.pageTokens();
        boolean partial = tokens % pool.pageTokens() != 0;
        if (partial && pool.available() == 0) {
            return false;
        }
        into.pages = Arrays.copyOf(pages, shared + 1);
        into.size = shared;
        for (int i = 0; i < shared; i++) {
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
    public void release() {
        for (int i = size - 1; i >= 0; i--) {
            pool.release(pages[i]);
        }
        size = 0;
    }

    /// Copies the contents of one page into another.
    @FunctionalInterface
    public interface PageCopy {
        void copyPage(int fromPage, int toPage);
    }
}
