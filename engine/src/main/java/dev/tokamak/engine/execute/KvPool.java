package dev.tokamak.engine.execute;

import dev.tokamak.engine.cache.PageGroup;
import dev.tokamak.kernels.attention.KvView;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;

/// The memory of all KV pages: one segment for each group of layers, in which a page is an index. Who holds which page is
/// the engine's business. Workers write disjoint pages; [#copyPage] is confined to the thread that prepares batches.
final class KvPool {

    private final KvGroups groups;
    private final List<PageGroup> pages;
    private final List<MemorySegment> memory = new ArrayList<>();

    /// @param pages for each group
    KvPool(KvGroups groups, List<PageGroup> pages, SegmentAllocator allocator) {
        this.groups = groups;
        this.pages = pages;
        for (int group = 0; group < groups.count(); group++) {
            long bytes =
                    Math.multiplyExact(
                            groups.layout(group).pageBytes(), (long) pages.get(group).pages());
            memory.add(bytes == 0 ? MemorySegment.NULL : allocator.allocate(bytes, 64));
        }
    }

    KvGroups groups() {
        return groups;
    }

    List<PageGroup> pages() {
        return pages;
    }

    /// A view of a group's pages that points at no sequence yet.
    KvView view(int group) {
        return new KvView(groups.layout(group), memory.get(group));
    }

    void copyPage(int group, int fromPage, int toPage) {
        requirePage(group, fromPage);
        requirePage(group, toPage);
        MemorySegment segment = memory.get(group);
        long bytes = groups.layout(group).pageBytes();
        MemorySegment.copy(segment, fromPage * bytes, segment, toPage * bytes, bytes);
    }

    void requirePage(int group, int page) {
        int count = pages.get(group).pages();
        if (page < 0 || page >= count) {
            throw new IllegalArgumentException(
                    "page %d is outside the pool of %d pages".formatted(page, count));
        }
    }
}
