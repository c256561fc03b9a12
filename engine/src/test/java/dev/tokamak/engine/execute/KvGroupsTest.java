package dev.tokamak.engine.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.engine.cache.PageGroup;
import dev.tokamak.kernels.attention.KvLayer;
import dev.tokamak.kernels.attention.KvLayout;
import dev.tokamak.kernels.attention.KvType;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class KvGroupsTest {

    private static final int ALL = Integer.MAX_VALUE;

    /// A page of one such layer has 8,192 bytes.
    private static final KvLayer LAYER = new KvLayer(1, 64, 64);

    private static final CpuBackendOptions SIZES = new CpuBackendOptions(100, 4, 64, 8);

    private static KvGroups groups(int... windows) {
        return new KvGroups(Collections.nCopies(windows.length, LAYER), windows, KvType.F16);
    }

    @Test
    void groups_whenWindowsDiffer_partLayers() {
        KvGroups groups = groups(64, ALL, 64, 128);

        assertThat(groups.count()).isEqualTo(3);
        assertThat(groups.group(0)).isEqualTo(groups.group(2)).isEqualTo(1);
        assertThat(groups.group(1)).isZero();
        KvLayout of64 = groups.layout(1);
        assertThat(of64.pageBytes()).isEqualTo(2 * 8192);
        assertThat(of64.headOffsetBytes(2, 0)).as("layer 1 takes no room").isEqualTo(8192);
    }

    @Test
    void pages_whenLayersHaveWindows_areAsManyAsSequencesHold() {
        // 4 sequences of 2 pages and 2 more, and 2 for the tokens of a batch.
        assertThat(groups(64, ALL).pages(SIZES))
                .isEqualTo(List.of(PageGroup.whole(100), new PageGroup(18, 64)));
        assertThat(groups(64, ALL).bytes(SIZES)).isEqualTo(118 * 8192);
        assertThat(groups(64, ALL).bytes(SIZES.withPages(10))).isEqualTo(20 * 8192);
    }

    @Test
    void pages_whenEveryLayerHasAWindow_countTokensInPagesWithoutBytes() {
        KvGroups groups = groups(64, 64);
        assertThat(groups.bytes(SIZES)).isEqualTo(18 * 2 * 8192);
        assertThat(groups.pagesWithin(18 * 2 * 8192, 100_000, SIZES)).isEqualTo(100_000);
    }

    @Test
    void pagesWithin_whenBytesHoldSomePages_roundsDown() {
        assertThat(groups(ALL, ALL).pagesWithin(3 * 16_384 - 1, 100, SIZES)).isEqualTo(2);
        assertThat(groups(ALL, ALL).pagesWithin(3 * 16_384, 100, SIZES)).isEqualTo(3);
        assertThat(groups(64, ALL).pagesWithin(58 * 8192, 100, SIZES)).isEqualTo(40);
    }

    @Test
    void visibleBytes_whenBehindAWindow_countsTheWindow() {
        assertThat(groups(64, ALL).visibleBytes(32)).isEqualTo(2 * 8192);
        assertThat(groups(64, ALL).visibleBytes(320)).isEqualTo(12 * 8192);
    }
}
