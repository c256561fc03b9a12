package dev.tokamak.kernels.arithmetic;

import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Vector;

/// What differs between code for 256-bit and for 512-bit registers of fp32 lanes, so that one generator serves both.
/// Confined to one thread.
public sealed interface LaneCode<V extends Vector<V>> permits NarrowLanes, WideLanes {

    /// Code for AVX2, FMA and F16C.
    static LaneCode<Vector.Ymm> narrow(Assembler assembler) {
        return new NarrowLanes(assembler);
    }

    /// Code for AVX-512 F and BW.
    static LaneCode<Vector.Zmm> wide(Assembler assembler) {
        return new WideLanes(assembler);
    }

    Assembler assembler();

    /// fp32 lanes of a register.
    int lanes();

    /// How many registers there are.
    int registers();

    V register(int number);

    /// An operand whose lanes all hold these bits.
    Address constant(int bits);

    /// An operand whose lanes all hold this number.
    default Address constant(float number) {
        return constant(Float.floatToRawIntBits(number));
    }

    /// Puts the maximum of all lanes into every lane.
    void spreadMaximum(V x, V free);

    /// Notes in which lanes x is not below the bound; NaN is not below.
    ///
    /// @param slot number of the note, 0 to 6
    /// @param note a register that may hold it
    void noteNotBelow(int slot, V x, Address bound, V note);

    /// `to = first * second` in the lanes noted, +0 in the others.
    void multiplyNoted(int slot, V to, V first, V second, V note);
}
