package dev.tokamak.kernels.assembler;

/// Instructions on 64-bit general-purpose registers with a destination that is the first source as well. The constants'
/// codes are those of the classic eight.
public enum Arithmetic {
    ADD(0),
    OR(1),
    AND(4),
    SUB(5),
    XOR(6),
    /// Sets flags only.
    CMP(7);

    private final int code;

    Arithmetic(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }
}
