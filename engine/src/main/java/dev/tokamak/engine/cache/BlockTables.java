package dev.tokamak.engine.cache;

/// The pages of one sequence in every group of layers. Confined to the engine thread.
public final class BlockTables {

    private final BlockPools pools;
    private final BlockTable[] tables;
    private final int[][] pages;

    public BlockTables(BlockPools pools) {
        this.pools = pools;
        tables = new BlockTable[pools.count()];
        for (int group = 0; group < tables.length; group++) {
            tables[group] = new BlockTable(pools.pool(group));
        }
        pages = new int[tables.length][];
    }

    /// The page numbers by group, valid until the tables change.
    public int[][] pages() {
        for (int group = 0; group < tables.length; group++) {
            pages[group] = tables[group].pages();
        }
        return pages;
    }

    BlockTable table(int group) {
        return tables[group];
    }

    public boolean isEmpty() {
        return tables[0].size() == 0;
    }

    /// The pages that admission must still find to hold this many tokens.
    public int lacking(int tokens) {
        return tables[0].lacking(tokens);
    }

    /// Makes room for this many tokens in all in the layers that see all of them; false, and nothing changed, when pages
    /// are lacking.
    public boolean tryGrow(int tokens) {
        return tables[0].tryGrow(tokens);
    }

    /// Makes room for this many tokens in all in the layers of windows, before a step that computes up to there.
    public void cover(int tokens) {
        for (int group = 1; group < tables.length; group++) {
            if (!tables[group].tryGrow(tokens)) {
                throw new IllegalStateException(
                        "%d tokens lack %d pages in layers that see %d positions, of %d pages"
                                .formatted(
                                        tokens,
                                        tables[group].lacking(tokens),
                                        pools.group(group).window(),
                                        pools.pool(group).pages()));
            }
        }
    }

    /// Gives the pages back that no token from this position on sees.
    public void pass(int position) {
        for (int group = 1; group < tables.length; group++) {
            tables[group].releaseBefore(pools.group(group).firstVisible(position));
        }
    }

    /// Lets other, empty tables begin with the first tokens of these, all of which must be computed: full pages are
    /// shared, last partial ones copied. False, and nothing changed, when a page for a copy is lacking.
    public boolean tryFork(int tokens, BlockTables into, PageCopy copy) {
        for (int group = 0; group < tables.length; group++) {
            int each = group;
            if (!tables[group].tryFork(
                    tokens, into.tables[group], (from, to) -> copy.copyPage(each, from, to))) {
                into.release();
                return false;
            }
        }
        return true;
    }

    /// Gives all pages back.
    public void release() {
        for (BlockTable table : tables) {
            table.release();
        }
    }

    /// Copies the contents of one page of a group into another.
    @FunctionalInterface
    public interface PageCopy {
        void copyPage(int group, int fromPage, int toPage);
    }
}
