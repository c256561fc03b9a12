package dev.tokamak.engine.sample;

/// A heap of tokens with their logits, most likely first and the lower id first among equals. Holds what it was made for
/// and allocates nothing later. Confined to one thread.
final class RankedTokens {

    /* An entry packs the logit, mapped so that its bits order as signed integers, above the complement of the token:
     * comparing longs then compares (logit descending, token ascending). -0 is mapped to +0, which it equals. */

    private final long[] heap;
    private int size;

    RankedTokens(int capacity) {
        heap = new long[capacity];
    }

    static long entry(int token, float logit) {
        int bits = Float.floatToRawIntBits(logit + 0f);
        int ordered = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
        return ((long) ordered << 32) | (~token & 0xFFFFFFFFL);
    }

    static int token(long entry) {
        return ~(int) entry;
    }

    int size() {
        return size;
    }

    void clear() {
        size = 0;
    }

    /// Adds an entry without keeping order; call [#heapify] before the first [#pop].
    void add(long entry) {
        heap[size++] = entry;
    }

    /// Orders all entries as a heap with the greatest on top.
    void heapify() {
        for (int i = size / 2 - 1; i >= 0; i--) {
            siftDown(i);
        }
    }

    /// Takes the greatest entry.
    long pop() {
        long top = heap[0];
        heap[0] = heap[--size];
        siftDown(0);
        return top;
    }

    /// Keeps the greatest `limit` entries of all offered since [#clear()]; the least of them is on top.
    void offer(long entry, int limit) {
        if (size < limit) {
            int i = size++;
            while (i > 0 && heap[(i - 1) / 2] > entry) {
                heap[i] = heap[(i - 1) / 2];
                i = (i - 1) / 2;
            }
            heap[i] = entry;
        } else if (entry > heap[0]) {
            replaceLeast(entry);
        }
    }

    /// The least entry of those that [#offer] kept.
    long least() {
        return heap[0];
    }

    private void replaceLeast(long entry) {
        int i = 0;
        while (true) {
            int child = 2 * i + 1;
            if (child >= size) {
                break;
            }
            if (child + 1 < size && heap[child + 1] < heap[child]) {
                child++;
            }
            if (heap[child] >= entry) {
                break;
            }
            heap[i] = heap[child];
            i = child;
        }
        heap[i] = entry;
    }

    private void siftDown(int start) {
        if (start >= size) {
            return;
        }
        long entry = heap[start];
        int i = start;
        while (true) {
            int child = 2 * i + 1;
            if (child >= size) {
                break;
            }
            if (child + 1 < size && heap[child + 1] > heap[child]) {
                child++;
            }
            if (heap[child] <= entry) {
                break;
            }
            heap[i] = heap[child];
            i = child;
        }
        heap[i] = entry;
    }
}
