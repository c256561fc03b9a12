package dev.tokamak.engine.execute;

import dev.tokamak.kernels.attention.KvLayout;
import dev.tokamak.kernels.attention.KvView;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/// The memory of all KV pages: one segment in which a page is an index. Who holds which page is the engine's business.
/// Workers write disjoint pages; [#copyPage] is confined to the thread that prepares batches.
final class KvPool {

    private final KvLayout layout;
    private final int pages;
    private final MemorySegment memory;

    KvPool(KvLayout layout, int pages, SegmentAllocator allocator) {
        this.layout = layout;
        this.pages = pages;
        this.memory = allocator.allocate(Math.multiplyExact(layout.pageBytes(), pages), 64);
    }

    int pages() {
        return pages;
    }

    /// A view of this pool that points at no sequence yet.
    KvView view() {
        return new KvView(layout, memory);
    }

    void copyPage(int fromPage, int toPage) {
        requirePage(fromPage);
        requirePage(toPage);
        long bytes = layout.pageBytes();
        MemorySegment.copy(memory, fromPage * bytes, memory, toPage * bytes, bytes);
    }

    void requirePage(int page) {
        if (page < 0 || page >= pages) {
            throw new IllegalArgumentException(
                    "page " + page + " is outside the pool of " + pages + " pages");
        }
    }
}
