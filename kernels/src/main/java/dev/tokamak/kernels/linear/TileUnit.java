package dev.tokamak.kernels.linear;

import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Gpr;
import dev.tokamak.kernels.assembler.Tile;

/// Emits products of small integer matrices, which a unit of the processor computes. Implementations are immutable.
interface TileUnit {

    /// Prepares the unit for products of this many tokens and steps of four columns.
    void open(Assembler code, int tokens, int steps);

    /// Multiplies signed bytes, [tokens][4 * steps] by [steps][16][4], into int32, [tokens][16].
    ///
    /// @param rows the first token's bytes; the next token's are [TileLoops#INPUT_STRIDE] further
    /// @param panel the weights, consecutive
    /// @param to where the products go, consecutive
    void multiply(Assembler code, int tokens, int steps, Address rows, Address panel, Address to);

    /// Leaves the unit as it was before.
    void close(Assembler code);

    /// AMX.
    static TileUnit ofAmx() {
        return new Amx();
    }

    /// Tiles 0 for products, 1 for tokens, 2 for weights. Immutable.
    final class Amx implements TileUnit {

        private static final Tile PRODUCTS = new Tile(0);
        private static final Tile TOKENS = new Tile(1);
        private static final Tile WEIGHTS = new Tile(2);

        private Amx() {}

        @Override
        public void open(Assembler code, int tokens, int steps) {
            code.ldtilecfg(code.table(configuration(tokens, steps)));
        }

        /// Palette 1; from byte 16 on the bytes of a row of each tile, 16 bits each; from byte 48 on its rows, 8 bits each.
        private static int[] configuration(int tokens, int steps) {
            int[] words = new int[16];
            int columnBytes = IntegerProductAmx.LINE_BYTES;
            words[0] = 1;
            int rowBytes = 4 * steps;
            words[4] = columnBytes | rowBytes << 16;
            words[5] = columnBytes;
            words[12] = tokens | tokens << 8 | steps << 16;
            return words;
        }

        @Override
        public void multiply(
                Assembler code, int tokens, int steps, Address rows, Address panel, Address to) {
            code.tilezero(PRODUCTS);
            code.tileloadd(TOKENS, withStride(rows, TileLoops.INPUT_STRIDE));
            code.tileloadd(WEIGHTS, withStride(panel, IntegerProductAmx.LINE));
            code.tdpbssd(PRODUCTS, TOKENS, WEIGHTS);
            code.tilestored(withStride(to, IntegerProductAmx.LINE), PRODUCTS);
        }

        private static Address withStride(Address address, Gpr stride) {
            return new Address(address.base(), stride, 1, address.displacement(), null, false);
        }

        @Override
        public void close(Assembler code) {
            code.tilerelease();
        }
    }
}
