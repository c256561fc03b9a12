package dev.tokamak.kernels.assembler;

import java.util.Objects;

/// An AMX tile register tmm0 to tmm7. Immutable.
public record Tile(int number) {
    public Tile {
        Objects.checkIndex(number, 8);
    }
}
