package dev.tokamak.kernels.assembler;

/// A place in the code that jumps and addresses can name before it is known. Confined to one assembler.
public final class Label {

    private static final int UNBOUND = -1;

    private int position = UNBOUND;

    boolean isBound() {
        return position != UNBOUND;
    }

    int position() {
        if (!isBound()) {
            throw new IllegalStateException("a label is used but was never bound to a place");
        }
        return position;
    }

    void bind(int position) {
        if (isBound()) {
            throw new IllegalStateException(
                    "the label is bound to offset %d already".formatted(this.position));
        }
        this.position = position;
    }
}
