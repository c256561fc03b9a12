package dev.tokamak.kernels.assembler;

import org.jspecify.annotations.Nullable;

/// A memory operand: `[base + index * scale + displacement]`, or a place in the code. Immutable.
///
/// @param broadcast whether one element is read and repeated in all lanes (EVEX only)
public record Address(
        @Nullable Gpr base,
        @Nullable Gpr index,
        int scale,
        int displacement,
        @Nullable Label label,
        boolean broadcast) {

    public Address {
        if (Integer.bitCount(scale) != 1 || scale > 8 || scale < 1) {
            throw new IllegalArgumentException("scale must be 1, 2, 4 or 8, not " + scale);
        }
        if (index == Gpr.RSP) {
            throw new IllegalArgumentException("rsp cannot be an index");
        }
        if ((base == null) == (label == null)) {
            throw new IllegalArgumentException("an address has a base or a label");
        }
    }

    /// `[base]`
    public static Address at(Gpr base) {
        return at(base, 0);
    }

    /// `[base + displacement]`
    public static Address at(Gpr base, int displacement) {
        return new Address(base, null, 1, displacement, null, false);
    }

    /// `[base + index * scale + displacement]`
    public static Address at(Gpr base, Gpr index, int scale, int displacement) {
        return new Address(base, index, scale, displacement, null, false);
    }

    /// The place of a label.
    public static Address of(Label label) {
        return new Address(null, null, 1, 0, label, false);
    }

    /// The same address this many bytes further.
    public Address plus(int bytes) {
        return new Address(base, index, scale, displacement + bytes, label, broadcast);
    }

    /// The same address, of one element that is repeated in all lanes.
    public Address repeated() {
        return new Address(base, index, scale, displacement, label, true);
    }
}
