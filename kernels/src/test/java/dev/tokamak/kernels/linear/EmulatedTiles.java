package dev.tokamak.kernels.linear;

import static dev.tokamak.kernels.assembler.Ternary.VPDPBUSD;
import static dev.tokamak.kernels.assembler.Ternary.VPSUBD;
import static dev.tokamak.kernels.assembler.Ternary.VPXOR;

import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Store;
import dev.tokamak.kernels.assembler.Vector.Zmm;
import dev.tokamak.kernels.assembler.Widening;

/// What AMX computes, by AVX-512 VNNI: all that [IntegerProductAmx] emits but the tile instructions can so run on processors
/// without them. Immutable.
final class EmulatedTiles implements TileUnit {

    private static final Zmm WEIGHTS = new Zmm(22);
    private static final Zmm FLIPPED = new Zmm(23);
    private static final Zmm TOO_MUCH = new Zmm(24);
    private static final Zmm SIGNS = new Zmm(25);

    @Override
    public void open(Assembler code, int tokens, int steps) {
        code.emit(Widening.VPBROADCASTD, SIGNS, code.single(0x80808080));
    }

    /// Weights are made unsigned by adding 128, so 128 times the sum of the token's bytes is too much.
    @Override
    public void multiply(
            Assembler code, int tokens, int steps, Address rows, Address panel, Address to) {
        code.lea(IntegerProductAmx.POINTER, rows);
        for (int token = 0; token < tokens; token++) {
            if (token > 0 && token % 4 == 0) {
                code.lea(
                        IntegerProductAmx.POINTER,
                        Address.at(IntegerProductAmx.POINTER, TileLoops.INPUT_STRIDE, 4, 0));
            }
            code.emit(VPXOR, WEIGHTS, WEIGHTS, WEIGHTS);
            code.emit(VPXOR, TOO_MUCH, TOO_MUCH, TOO_MUCH);
            for (int step = 0; step < steps; step++) {
                Address word = IntegerProductAmx.record(token, 4 * step).repeated();
                code.emit(VPXOR, FLIPPED, SIGNS, panel.plus(step * IntegerProductAmx.LINE_BYTES));
                code.emit(VPDPBUSD, WEIGHTS, FLIPPED, word);
                code.emit(VPDPBUSD, TOO_MUCH, SIGNS, word);
            }
            code.emit(VPSUBD, WEIGHTS, WEIGHTS, TOO_MUCH);
            code.emit(Store.VMOVDQU, to.plus(token * IntegerProductAmx.LINE_BYTES), WEIGHTS);
        }
    }

    @Override
    public void close(Assembler code) {}
}
