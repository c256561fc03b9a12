package dev.tokamak.kernels.linear;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The vectors of this machine, at most a group of rows wide. Immutable.
final class Lanes {

    static final VectorSpecies<Float> FLOATS =
            FloatVector.SPECIES_PREFERRED.length() > PackedWeights.GROUP_ROWS
                    ? FloatVector.SPECIES_512
                    : FloatVector.SPECIES_PREFERRED;
    static final VectorSpecies<Integer> INTS = FLOATS.withLanes(int.class);

    /// Rows in a vector: 16, 8 or 4.
    static final int COUNT = FLOATS.length();

    private Lanes() {}
}
