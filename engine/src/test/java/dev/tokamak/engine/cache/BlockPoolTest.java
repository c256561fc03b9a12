package dev.tokamak.engine.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class BlockPoolTest {

    private final BlockPool pool = new BlockPool(4, 8);

    @Test
    void tryGrow_whenExhausted_changesNothing() {
        BlockTable first = new BlockTable(pool);
        BlockTable second = new BlockTable(pool);
        assertThat(first.tryGrow(17)).isTrue();
        assertThat(first.size()).isEqualTo(3);
        assertThat(first.tryGrow(24)).isTrue();
        assertThat(second.tryGrow(9)).isFalse();
        assertThat(second.size()).isZero();
        assertThat(pool.available()).isEqualTo(1);
        pool.checkIntegrity(List.of(first, second));
    }

    @Test
    void tryFork_whenPageIsPartial_copiesItAndSharesTheRest() {
        BlockTable parent = new BlockTable(pool);
        BlockTable child = new BlockTable(pool);
        List<String> copies = new ArrayList<>();
        parent.tryGrow(12);
        assertThat(parent.tryFork(12, child, (from, to) -> copies.add(from + ">" + to))).isTrue();

        assertThat(child.pages()[0]).isEqualTo(parent.pages()[0]);
        assertThat(copies).containsExactly(parent.pages()[1] + ">" + child.pages()[1]);
        assertThat(pool.used()).isEqualTo(3);
        pool.checkIntegrity(List.of(parent, child));

        parent.release();
        assertThat(pool.used()).as("the shared page lives on").isEqualTo(2);
        pool.checkIntegrity(List.of(child));
        child.release();
        assertThat(pool.used()).isZero();
        pool.checkIntegrity(List.of());
    }

    @Test
    void tryFork_whenPagesAreFull_needsNoPage() {
        BlockTable parent = new BlockTable(pool);
        BlockTable child = new BlockTable(pool);
        parent.tryGrow(32);
        assertThat(parent.tryFork(16, child, (from, to) -> {})).isTrue();
        assertThat(child.size()).isEqualTo(2);
        BlockTable second = new BlockTable(pool);
        assertThat(parent.tryFork(17, second, (from, to) -> {})).isFalse();
        assertThat(second.size()).isZero();
        pool.checkIntegrity(List.of(parent, child, second));
    }

    @Test
    void checkIntegrity_whenAPageIsHeldByNobody_fails() {
        pool.take();
        assertThatThrownBy(() -> pool.checkIntegrity(List.of()))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void release_whenPageIsFree_fails() {
        int page = pool.take();
        pool.release(page);
        assertThatThrownBy(() -> pool.release(page)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> pool.share(page)).isInstanceOf(IllegalStateException.class);
    }
}
