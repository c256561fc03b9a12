package dev.tokamak.engine.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class BlockTablesTest {

    /// Pages of 8 tokens: 40 for layers that see everything, 6 for a window of 17 tokens.
    private final BlockPools pools =
            new BlockPools(List.of(PageGroup.whole(40), new PageGroup(6, 17)), 8);

    private final BlockTables tables = new BlockTables(pools);

    private void compute(int first, int end) {
        assertThat(tables.tryGrow(end)).isTrue();
        tables.cover(end);
        pools.checkIntegrity(List.of(tables));
        tables.pass(end);
        pools.checkIntegrity(List.of(tables));
        assertThat(first).isLessThan(end);
    }

    @Test
    void pass_givesBackWhatNoLaterTokenSees() {
        compute(0, 32);
        assertThat(pools.pool(1).used()).as("tokens 16 to 31").isEqualTo(2);
        for (int token = 32; token < 320; token++) {
            compute(token, token + 1);
        }
        assertThat(pools.whole().used()).isEqualTo(40);
        assertThat(pools.pool(1).used()).isEqualTo(2);
        assertThat(tables.pages()[1]).startsWith(-1, -1);
        tables.release();
        pools.checkIntegrity(List.of());
        assertThat(pools.pool(1).used()).isZero();
    }

    @Test
    void tryFork_whenPagesWereGivenBack_sharesTheRest() {
        compute(0, 44);
        BlockTables child = new BlockTables(pools);
        List<String> copies = new ArrayList<>();
        assertThat(tables.tryFork(44, child, (group, from, to) -> copies.add("group " + group)))
                .isTrue();

        pools.checkIntegrity(List.of(tables, child));
        assertThat(copies).containsExactly("group 0", "group 1");
        assertThat(pools.pool(1).used()).as("two shared, one each").isEqualTo(4);
        tables.release();
        pools.checkIntegrity(List.of(child));
        child.release();
        assertThat(pools.pool(1).used()).isZero();
    }

    @Test
    void tryFork_whenOneGroupLacksAPage_changesNothing() {
        compute(0, 44);
        BlockTables other = new BlockTables(pools);
        other.cover(24);
        BlockTables child = new BlockTables(pools);
        assertThat(tables.tryFork(44, child, (group, from, to) -> {})).isFalse();
        pools.checkIntegrity(List.of(tables, other, child));
        assertThat(child.isEmpty()).isTrue();
    }

    @Test
    void cover_whenMoreIsHeldThanPlanned_namesTheGroup() {
        assertThatIllegalStateException()
                .isThrownBy(() -> tables.cover(49))
                .withMessage("49 tokens lack 7 pages in layers that see 17 positions, of 6 pages");
    }

    @Test
    void pools_whenNoGroupSeesEverything_areRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BlockPools(List.of(new PageGroup(6, 17)), 8))
                .withMessageContaining("sees all earlier positions");
    }
}
