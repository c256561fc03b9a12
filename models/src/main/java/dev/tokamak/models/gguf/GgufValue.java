package dev.tokamak.models.gguf;

import java.util.List;

/// A metadata value. Immutable.
public sealed interface GgufValue {

    record Text(String value) implements GgufValue {
        @Override
        public String toString() {
            return value;
        }
    }

    /// An integer of any width; `unsigned` tells how to read the 64 bits.
    record Whole(long value, boolean unsigned) implements GgufValue {
        @Override
        public String toString() {
            return unsigned ? Long.toUnsignedString(value) : Long.toString(value);
        }
    }

    record Decimal(double value) implements GgufValue {
        @Override
        public String toString() {
            return Double.toString(value);
        }
    }

    record Flag(boolean value) implements GgufValue {
        @Override
        public String toString() {
            return Boolean.toString(value);
        }
    }

    /// An array, of which only the first elements are shown.
    record Items(GgufValueType elementType, long count, List<GgufValue> first)
            implements GgufValue {
        public Items {
            first = List.copyOf(first);
        }

        @Override
        public String toString() {
            String shown = first.toString();
            return count == first.size()
                    ? shown
                    : shown.substring(0, shown.length() - 1) + ", ... of " + count + "]";
        }
    }
}
