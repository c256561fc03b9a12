package dev.tokamak.models.tokenizer.segment;

import java.util.Arrays;

/// The symbols of one word, of which neighbours are merged in order of priority until no pair may be. Reused from word to
/// word. Confined to one thread.
public final class SymbolChain {

    /// What may be merged.
    public interface Pairs {
        /// The priority of merging two neighbouring symbols, the smallest first, below 2^32; or -1 when they may not be.
        ///
        /// @param end the symbol behind `right`, or the number of symbols
        long priority(int left, int right, int end);

        /// Told that the symbol at `left` has swallowed its right neighbour.
        void merged(int left, long priority);
    }

    /* The queue holds priority and position in one long, so equal priorities go left to right. An entry is stale when
     * the pair that now begins at its position has another priority; when it has the same one, merging it is right. So
     * entries are never searched for, and the whole costs n log n. */

    private static final int POSITION_BITS = 31;

    private int[] next = new int[64];
    private int[] previous = new int[64];
    private long[] pending = new long[64];
    private long[] heap = new long[64];
    private int heapSize;
    private int count;

    /// Merges `symbols` symbols; afterwards `next` tells which are left.
    public void merge(int symbols, Pairs pairs) {
        reserve(symbols);
        count = symbols;
        heapSize = 0;
        for (int i = 0; i < symbols; i++) {
            next[i] = i + 1;
            previous[i] = i - 1;
        }
        for (int i = 0; i < symbols; i++) {
            offer(i, pairs);
        }
        while (heapSize > 0) {
            long top = pop();
            int left = (int) (top & ((1L << POSITION_BITS) - 1));
            long priority = top >>> POSITION_BITS;
            if (pending[left] == priority) {
                swallow(left, priority, pairs);
            }
        }
    }

    /// The symbol that follows, or the number of symbols.
    public int next(int symbol) {
        return next[symbol];
    }

    private void swallow(int left, long priority, Pairs pairs) {
        int right = next[left];
        pending[right] = -1;
        next[left] = next[right];
        if (next[left] < count) {
            previous[next[left]] = left;
        }
        pairs.merged(left, priority);
        offer(left, pairs);
        if (previous[left] >= 0) {
            offer(previous[left], pairs);
        }
    }

    private void offer(int left, Pairs pairs) {
        int right = next[left];
        pending[left] = right < count ? pairs.priority(left, right, next[right]) : -1;
        if (pending[left] >= 0) {
            push(pending[left] << POSITION_BITS | left);
        }
    }

    private void push(long value) {
        if (heapSize == heap.length) {
            heap = Arrays.copyOf(heap, 2 * heapSize);
        }
        int at = heapSize++;
        while (at > 0 && heap[(at - 1) >>> 1] > value) {
            heap[at] = heap[(at - 1) >>> 1];
            at = (at - 1) >>> 1;
        }
        heap[at] = value;
    }

    private long pop() {
        long top = heap[0];
        long last = heap[--heapSize];
        int at = 0;
        for (int child = 1; child < heapSize; child = 2 * at + 1) {
            if (child + 1 < heapSize && heap[child + 1] < heap[child]) {
                child++;
            }
            if (heap[child] >= last) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = last;
        return top;
    }

    private void reserve(int symbols) {
        if (next.length < symbols) {
            int size = Math.max(symbols, 2 * next.length);
            next = new int[size];
            previous = new int[size];
            pending = new long[size];
        }
    }
}
