package dev.tokamak.engine.cache;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// The pages of all groups of layers: first those of the layers that see all earlier positions, then those of each window.
/// Confined to the engine thread.
public final class BlockPools {

    /* Admission counts pages of the first group only. A group of a window never runs out: it has as many pages as all
     * sequences can hold at once (PageGroup.mostHeld), or as many as the first group, of which a sequence never holds
     * fewer. */

    private final List<PageGroup> groups;
    private final List<BlockPool> pools;

    public BlockPools(List<PageGroup> groups, int pageTokens) {
        this.groups = List.copyOf(groups);
        this.pools =
                groups.stream().map(group -> new BlockPool(group.pages(), pageTokens)).toList();
        if (groups.isEmpty() || groups.getFirst().window() != Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "the first group sees all earlier positions, found " + groups);
        }
    }

    /// The pages that admission counts: a sequence holds one for each 32 (or [BlockPool#pageTokens]) of its tokens.
    public BlockPool whole() {
        return pools.getFirst();
    }

    int count() {
        return pools.size();
    }

    BlockPool pool(int group) {
        return pools.get(group);
    }

    PageGroup group(int group) {
        return groups.get(group);
    }

    /// Fails when the pages held by these tables, and by nobody else, are not exactly the pages counted as held.
    public void checkIntegrity(Collection<BlockTables> tables) {
        for (int group = 0; group < pools.size(); group++) {
            List<BlockTable> ofGroup = new ArrayList<>();
            for (BlockTables sequence : tables) {
                ofGroup.add(sequence.table(group));
            }
            pools.get(group).checkIntegrity(ofGroup);
        }
    }
}
