package dev.tokamak.kernels.cpu;

import jdk.incubator.vector.FloatVector;

/// The vector registers that the Vector API maps to. Loaded only where the module `jdk.incubator.vector` is present.
final class VectorUnit {

    private VectorUnit() {}

    static int preferredBits() {
        return FloatVector.SPECIES_PREFERRED.vectorBitSize();
    }
}
