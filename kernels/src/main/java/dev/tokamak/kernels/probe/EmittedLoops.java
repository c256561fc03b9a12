package dev.tokamak.kernels.probe;

import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Arithmetic;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Binary;
import dev.tokamak.kernels.assembler.Condition;
import dev.tokamak.kernels.assembler.Gpr;
import dev.tokamak.kernels.assembler.Label;
import dev.tokamak.kernels.assembler.Ternary;
import dev.tokamak.kernels.assembler.Tile;
import dev.tokamak.kernels.assembler.Vector;
import dev.tokamak.kernels.code.CodeMemory;
import dev.tokamak.kernels.code.EmittedFunction;
import dev.tokamak.kernels.cpu.Tier;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/// Probe loops as machine code. Thread-safe.
final class EmittedLoops implements ProbeLoops {

    /* Each loop takes its argument in rdi and counts it down to zero. Reading also takes the address in rsi. The
     * accumulators of a product are independent of each other and many enough to hide its latency; its other operands are
     * constants that let no sum overflow to infinity. Functions call nothing and keep no register that they must. */

    private static final int ACCUMULATORS = 12;
    private static final int SUM_OF_PAIRS = 13;
    private static final int FIRST = 14;
    private static final int SECOND = 15;
    private static final int LOADS = 8;
    private static final int HALF = Float.floatToRawIntBits(0.5f);
    private static final int BYTES = 0x01020304;
    private static final int ONES = 0x00010001;
    private static final int TABLE_WORDS = 16;
    private static final int PREFETCH_BYTES = 2048;
    private static final int LINE_BYTES = 64;
    private static final int TILES = 8;
    private static final int TILE_ROWS = 16;
    private static final int TILE_ROW_BYTES = 64;
    private static final int SUM_TILES = 4;

    private final CodeMemory memory;
    private final EmittedFunction read;
    private final EmittedFunction integers;
    private final EmittedFunction floats;
    private final Instructions instructions;

    /// The instruction sets that have loops of their own.
    enum Instructions {
        AVX2(Tier.AVX2),
        AVX_VNNI(Tier.AVX_VNNI),
        AVX512_VNNI(Tier.AVX512_VNNI),
        AMX_INT8(Tier.AMX_INT8);

        private final Tier tier;

        Instructions(Tier tier) {
            this.tier = tier;
        }

        Tier tier() {
            return tier;
        }

        /// The instructions of a tier whose kernels are machine code.
        static Optional<Instructions> of(Tier tier) {
            return Arrays.stream(values())
                    .filter(instructions -> instructions.tier == tier)
                    .findFirst();
        }

        boolean isWide() {
            return this == AVX512_VNNI || this == AMX_INT8;
        }
    }

    private EmittedLoops(
            CodeMemory memory, List<EmittedFunction> functions, Instructions instructions) {
        this.memory = memory;
        this.read = functions.get(0);
        this.integers = functions.get(1);
        this.floats = functions.get(2);
        this.instructions = instructions;
    }

    /// Loops of these instructions, which the machine must have.
    static EmittedLoops open(Instructions instructions) {
        byte[] read = instructions.isWide() ? readLoop(Vector.Zmm::new) : readLoop(Vector.Ymm::new);
        byte[] integers =
                switch (instructions) {
                    case AVX2 -> pairLoop();
                    case AVX_VNNI -> productLoop(Vector.Ymm::new, Ternary.VPDPBUSD, BYTES);
                    case AVX512_VNNI -> productLoop(Vector.Zmm::new, Ternary.VPDPBUSD, BYTES);
                    case AMX_INT8 -> tileLoop();
                };
        byte[] floats =
                instructions.isWide()
                        ? productLoop(Vector.Zmm::new, Ternary.VFMADD231PS, HALF)
                        : productLoop(Vector.Ymm::new, Ternary.VFMADD231PS, HALF);
        CodeMemory memory = CodeMemory.open();
        return new EmittedLoops(
                memory,
                memory.publish(
                        List.of(
                                new CodeMemory.Draft("probe of reading", read),
                                new CodeMemory.Draft("probe of integer products", integers),
                                new CodeMemory.Draft("probe of float products", floats))),
                instructions);
    }

    private static <V extends Vector<V>> byte[] readLoop(IntFunction<V> register) {
        int stepBytes = LOADS * register.apply(0).sizeBytes();
        Assembler code = new Assembler();
        Label loop = code.here();
        for (int i = 0; i < LOADS; i++) {
            V to = register.apply(i);
            code.emit(Binary.VMOVUPS, to, Address.at(Gpr.RSI, i * to.sizeBytes()));
        }
        for (int line = 0; line < stepBytes; line += LINE_BYTES) {
            code.prefetch(Address.at(Gpr.RSI, PREFETCH_BYTES + line));
        }
        code.emit(Arithmetic.ADD, Gpr.RSI, stepBytes);
        code.emit(Arithmetic.SUB, Gpr.RDI, stepBytes);
        code.jumpIf(Condition.ABOVE, loop);
        return finish(code);
    }

    private static <V extends Vector<V>> byte[] productLoop(
            IntFunction<V> register, Ternary product, int word) {
        V first = register.apply(FIRST);
        V second = register.apply(SECOND);
        return roundLoop(
                code -> {
                    code.emit(Binary.VMOVUPS, first, repeated(code, word));
                    code.emit(Binary.VMOVUPS, second, repeated(code, word));
                    clear(code, register);
                },
                code -> {
                    for (int i = 0; i < ACCUMULATORS; i++) {
                        code.emit(product, register.apply(i), first, second);
                    }
                });
    }

    /// Before VNNI: products of bytes are added in pairs to int16, those in pairs to int32, and then to the sum.
    private static byte[] pairLoop() {
        Vector.Ymm first = new Vector.Ymm(FIRST);
        Vector.Ymm ones = new Vector.Ymm(SECOND);
        Vector.Ymm pairs = new Vector.Ymm(SUM_OF_PAIRS);
        return roundLoop(
                code -> {
                    code.emit(Binary.VMOVUPS, first, repeated(code, BYTES));
                    code.emit(Binary.VMOVUPS, ones, repeated(code, ONES));
                    clear(code, Vector.Ymm::new);
                },
                code -> {
                    for (int i = 0; i < ACCUMULATORS; i++) {
                        Vector.Ymm sum = new Vector.Ymm(i);
                        code.emit(Ternary.VPMADDUBSW, pairs, first, first);
                        code.emit(Ternary.VPMADDWD, pairs, pairs, ones);
                        code.emit(Ternary.VPADDD, sum, sum, pairs);
                    }
                });
    }

    private static byte[] tileLoop() {
        return roundLoop(
                code -> {
                    code.ldtilecfg(code.table(tileShapes()));
                    for (int tile = 0; tile < TILES; tile++) {
                        code.tilezero(new Tile(tile));
                    }
                },
                code -> {
                    for (int tile = 0; tile < SUM_TILES; tile++) {
                        Tile rows = new Tile(SUM_TILES + tile / 2);
                        Tile columns = new Tile(SUM_TILES + 2 + tile % 2);
                        code.tdpbsud(new Tile(tile), rows, columns);
                    }
                },
                Assembler::tilerelease);
    }

    /// Palette 1 and eight tiles of 16 rows of 64 bytes, as `ldtilecfg` reads them.
    private static int[] tileShapes() {
        int[] words = new int[TABLE_WORDS];
        words[0] = 1;
        for (int tile = 0; tile < TILES; tile++) {
            words[4 + tile / 2] |= TILE_ROW_BYTES << (16 * (tile % 2));
            words[12 + tile / 4] |= TILE_ROWS << (8 * (tile % 4));
        }
        return words;
    }

    private static byte[] roundLoop(Consumer<Assembler> prepare, Consumer<Assembler> round) {
        return roundLoop(prepare, round, _ -> {});
    }

    private static byte[] roundLoop(
            Consumer<Assembler> prepare, Consumer<Assembler> round, Consumer<Assembler> end) {
        Assembler code = new Assembler();
        prepare.accept(code);
        code.align(LINE_BYTES);
        Label loop = code.here();
        round.accept(code);
        code.emit(Arithmetic.SUB, Gpr.RDI, 1);
        code.jumpIf(Condition.NOT_EQUAL, loop);
        end.accept(code);
        return finish(code);
    }

    private static <V extends Vector<V>> void clear(Assembler code, IntFunction<V> register) {
        for (int i = 0; i < ACCUMULATORS; i++) {
            V sum = register.apply(i);
            code.emit(Ternary.VPXOR, sum, sum, sum);
        }
    }

    private static Address repeated(Assembler code, int word) {
        int[] words = new int[TABLE_WORDS];
        Arrays.fill(words, word);
        return code.table(words);
    }

    private static byte[] finish(Assembler code) {
        code.vzeroupper();
        code.ret();
        return code.assemble();
    }

    @Override
    public String method() {
        return "machine code, " + instructions.tier.label();
    }

    @Override
    public void read(MemorySegment memory, long offsetBytes, long byteSize) {
        read.call(byteSize, memory.address() + offsetBytes, 0, 0, 0, 0);
    }

    @Override
    public long integerOperationsPerRound() {
        return switch (instructions) {
            case AVX2, AVX_VNNI -> 2L * 32 * ACCUMULATORS;
            case AVX512_VNNI -> 2L * 64 * ACCUMULATORS;
            case AMX_INT8 -> 2L * TILE_ROWS * TILE_ROWS * TILE_ROW_BYTES * SUM_TILES;
        };
    }

    @Override
    public void multiplyIntegers(long rounds) {
        integers.call(rounds, 0, 0, 0, 0, 0);
    }

    @Override
    public long floatOperationsPerRound() {
        return 2L * (instructions.isWide() ? 16 : 8) * ACCUMULATORS;
    }

    @Override
    public void multiplyFloats(long rounds) {
        floats.call(rounds, 0, 0, 0, 0, 0);
    }

    @Override
    public void close() {
        memory.close();
    }
}
