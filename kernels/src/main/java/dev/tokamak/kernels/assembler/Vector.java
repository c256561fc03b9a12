package dev.tokamak.kernels.assembler;

import java.util.Objects;

/// A vector register; the type parameter keeps registers of different widths out of one instruction.
public sealed interface Vector<V extends Vector<V>> {

    /// Registers of each width that EVEX encodings reach; VEX encodings reach the first 16.
    int COUNT = 32;

    /// The number of the register, 0 to 31.
    int number();

    /// 0 for 128, 1 for 256, 2 for 512 bits, as EVEX encodes it.
    int lengthCode();

    /// Bytes of the register.
    default int sizeBytes() {
        return 16 << lengthCode();
    }

    /// A register of 128 bits. Immutable.
    record Xmm(int number) implements Vector<Xmm> {
        public Xmm {
            Objects.checkIndex(number, COUNT);
        }

        @Override
        public int lengthCode() {
            return 0;
        }
    }

    /// A register of 256 bits. Immutable.
    record Ymm(int number) implements Vector<Ymm> {
        public Ymm {
            Objects.checkIndex(number, COUNT);
        }

        @Override
        public int lengthCode() {
            return 1;
        }
    }

    /// A register of 512 bits. Immutable.
    record Zmm(int number) implements Vector<Zmm> {
        public Zmm {
            Objects.checkIndex(number, COUNT);
        }

        @Override
        public int lengthCode() {
            return 2;
        }
    }
}
