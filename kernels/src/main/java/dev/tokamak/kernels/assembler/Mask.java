package dev.tokamak.kernels.assembler;

import java.util.Objects;

/// A mask register k0 to k7. Immutable.
public record Mask(int number) {

    public Mask {
        Objects.checkIndex(number, 8);
    }

    /// Lanes outside the mask keep what the destination holds. Not for k0, which means no mask.
    public Masking merging() {
        return new Masking(this, false);
    }

    /// Lanes outside the mask become zero. Not for k0, which means no mask.
    public Masking zeroing() {
        return new Masking(this, true);
    }

    /// How a mask is applied to the destination of an EVEX instruction. Immutable.
    public record Masking(Mask mask, boolean zeroing) {
        public Masking {
            if (mask.number() == 0) {
                throw new IllegalArgumentException(
                        "k0 cannot mask an instruction: its number stands for no mask");
            }
        }
    }
}
