package dev.tokamak.engine.execute;

import java.util.concurrent.atomic.AtomicIntegerArray;

/// Tells the worker that completes the last piece of a part of the batch that it is the last, so that it goes on with
/// what needs the whole part and no barrier is spent on it. Thread-safe between [#reset] and the end of the operation.
final class Countdown {

    private final AtomicIntegerArray left;

    Countdown(int maxParts) {
        left = new AtomicIntegerArray(maxParts);
    }

    /// Expects this many pieces in each of these parts.
    void reset(int parts, int pieces) {
        reset(0, parts, pieces);
    }

    /// Expects this many pieces in each of some parts; the others stay as they are.
    void reset(int firstPart, int parts, int pieces) {
        for (int part = firstPart; part < firstPart + parts; part++) {
            left.setPlain(part, pieces);
        }
    }

    /// Whether this piece was the last of its part; what the others wrote is then visible.
    boolean completes(int part) {
        return left.decrementAndGet(part) == 0;
    }
}
