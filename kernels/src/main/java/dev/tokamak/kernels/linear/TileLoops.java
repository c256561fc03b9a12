package dev.tokamak.kernels.linear;

import static dev.tokamak.kernels.assembler.Arithmetic.ADD;
import static dev.tokamak.kernels.assembler.Arithmetic.CMP;
import static dev.tokamak.kernels.assembler.Arithmetic.SUB;
import static dev.tokamak.kernels.assembler.Gpr.R10;
import static dev.tokamak.kernels.assembler.Gpr.R12;
import static dev.tokamak.kernels.assembler.Gpr.R13;
import static dev.tokamak.kernels.assembler.Gpr.R14;
import static dev.tokamak.kernels.assembler.Gpr.R15;
import static dev.tokamak.kernels.assembler.Gpr.R8;
import static dev.tokamak.kernels.assembler.Gpr.R9;
import static dev.tokamak.kernels.assembler.Gpr.RAX;
import static dev.tokamak.kernels.assembler.Gpr.RBX;
import static dev.tokamak.kernels.assembler.Gpr.RCX;
import static dev.tokamak.kernels.assembler.Gpr.RDI;
import static dev.tokamak.kernels.assembler.Gpr.RDX;
import static dev.tokamak.kernels.assembler.Gpr.RSI;
import static dev.tokamak.kernels.assembler.Gpr.RSP;

import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Condition;
import dev.tokamak.kernels.assembler.Gpr;
import dev.tokamak.kernels.assembler.Label;

/// The outer loops of an emitted product: over tiles of a few groups of rows, and for each of them over tiles of a few
/// tokens. Confined to one thread.
///
/// The function's arguments: address of the first group; address of the first token's input row; address of the first
/// token's output for the first group; columns (or blocks of them) below the row mask of the last group; bytes of an
/// input row below bytes of an output row; tokens below groups. "Below" means in the low 32 bits of one argument.
final class TileLoops {

    /// The groups of the tile; group g starts `g * GROUP_BYTES` further.
    static final Gpr WEIGHTS = RDI;

    /// The input row of the tile's first token; token t's is `t * INPUT_STRIDE` further.
    static final Gpr INPUT = RSI;

    /// The output of the tile's first token and group.
    static final Gpr OUTPUT = RDX;

    static final Gpr GROUP_BYTES = RBX;
    static final Gpr INPUT_STRIDE = R12;
    static final Gpr OUTPUT_STRIDE = R13;

    /// Three input strides.
    static final Gpr INPUT_STRIDE_3 = R10;

    /// Free for the body of a tile, as are all vector registers.
    static final Gpr FREE_0 = R8;

    static final Gpr FREE_1 = R9;
    static final Gpr FREE_2 = RAX;
    static final Gpr FREE_3 = RCX;
    static final Gpr FREE_4 = Gpr.R11;

    private static final Gpr TOKENS_LEFT = R14;
    private static final Gpr GROUPS_LEFT = R15;

    private static final Address FIRST_INPUT = Address.at(RSP, 0);
    private static final Address FIRST_OUTPUT = Address.at(RSP, 8);
    private static final Address TOKENS = Address.at(RSP, 16);

    /// Columns, or blocks of them, of a row.
    static final Address COLUMNS = Address.at(RSP, 24);

    /// One bit for each row of the tile's last group that exists.
    static final Address ROW_MASK = Address.at(RSP, 32);

    private static final Address LAST_ROW_MASK = Address.at(RSP, 40);

    /// Bytes of stack above these, for the body.
    static final int SCRATCH_OFFSET = 64;

    private static final int ALL_ROWS = (1 << PackedWeights.GROUP_ROWS) - 1;
    private static final int OUTPUT_BYTES = PackedWeights.GROUP_ROWS * Float.BYTES;

    private final Assembler code;
    private final int mostGroups;
    private final int mostTokens;
    private final int tokenStep;
    private final Body body;

    /// Emits the product of one tile.
    @FunctionalInterface
    interface Body {

        /// Emits a tile of this size.
        ///
        /// @param first whether these are the first of several tokens that meet the groups, which come from memory then
        void emit(int groups, int tokens, boolean first);
    }

    /// Loops over tiles of at most this many groups and tokens, but of single groups where there is one token, so that
    /// weights are read in one ascending stream.
    TileLoops(Assembler code, int mostGroups, int mostTokens, Body body) {
        this(code, mostGroups, mostTokens, 1, body);
    }

    private TileLoops(Assembler code, int mostGroups, int mostTokens, int tokenStep, Body body) {
        this.code = code;
        this.mostGroups = mostGroups;
        this.mostTokens = mostTokens;
        this.tokenStep = tokenStep;
        this.body = body;
    }

    /// Loops over single groups and tiles of tokens whose size is a multiple of the step, as must be their number.
    static TileLoops ofTokenSteps(Assembler code, int mostTokens, int tokenStep, Body body) {
        return new TileLoops(code, 1, mostTokens, tokenStep, body);
    }

    /// The address of row 0 to 3, given registers with one and with three strides.
    static Address row(Gpr base, Gpr stride, Gpr stride3, int row, int offsetBytes) {
        return switch (row) {
            case 0 -> Address.at(base, offsetBytes);
            case 1, 2 -> Address.at(base, stride, row, offsetBytes);
            case 3 -> Address.at(base, stride3, 1, offsetBytes);
            default -> throw new IllegalArgumentException("no address for row " + row);
        };
    }

    /// The address of row 0 to 5, given registers with the addresses of rows 0 and 3 and one with the stride.
    static Address rowOfSix(Gpr first, Gpr fourth, Gpr stride, int row, int offsetBytes) {
        Gpr base = row < 3 ? first : fourth;
        int strides = row % 3;
        return strides == 0
                ? Address.at(base, offsetBytes)
                : Address.at(base, stride, strides, offsetBytes);
    }

    /// Emits the whole function.
    ///
    /// @param scratchBytes of stack that bodies use from [#SCRATCH_OFFSET]
    /// @param groupBytes emits code that turns the columns in [#GROUP_BYTES] into the bytes of a group
    void emit(int scratchBytes, Runnable groupBytes) {
        code.enter(SCRATCH_OFFSET + scratchBytes);
        unpackArguments(groupBytes);
        Label single = new Label();
        Label done = new Label();
        if (tokenStep == 1) {
            code.load(RAX, TOKENS);
            code.emit(CMP, RAX, 1);
            code.jumpIf(Condition.EQUAL, single);
        }
        for (int groups = mostGroups; groups >= 1; groups--) {
            int tileGroups = groups;
            emitGroupLoop(tileGroups, groups == mostGroups, done, () -> emitTokenLoop(tileGroups));
        }
        if (tokenStep == 1) {
            code.jump(done);
            code.bind(single);
            emitGroupLoop(1, true, done, () -> body.emit(1, 1, false));
        }
        code.bind(done);
        code.leave();
    }

    private void unpackArguments(Runnable groupBytes) {
        code.store(FIRST_INPUT, RSI);
        code.store(FIRST_OUTPUT, RDX);
        code.moveLow(RBX, RCX);
        code.store(COLUMNS, RBX);
        code.shiftRight(RCX, 32);
        code.store(LAST_ROW_MASK, RCX);
        code.moveLow(INPUT_STRIDE, R8);
        code.shiftRight(R8, 32);
        code.move(OUTPUT_STRIDE, R8);
        code.moveLow(RAX, R9);
        code.store(TOKENS, RAX);
        code.shiftRight(R9, 32);
        code.move(GROUPS_LEFT, R9);
        code.lea(INPUT_STRIDE_3, Address.at(INPUT_STRIDE, INPUT_STRIDE, 2, 0));
        groupBytes.run();
    }

    /// Emits a loop over as many tiles of this many groups as are left, or one such tile.
    private void emitGroupLoop(int groups, boolean repeat, Label done, Runnable tokens) {
        Label enough = new Label();
        Label top = code.here();
        code.emit(CMP, GROUPS_LEFT, groups);
        code.jumpIf(Condition.LESS, enough);
        code.move(RAX, ALL_ROWS);
        code.load(RCX, LAST_ROW_MASK);
        code.emit(CMP, GROUPS_LEFT, groups);
        code.moveIf(Condition.EQUAL, RAX, RCX);
        code.store(ROW_MASK, RAX);
        code.load(INPUT, FIRST_INPUT);
        code.load(OUTPUT, FIRST_OUTPUT);
        tokens.run();
        for (int group = 0; group < groups; group++) {
            code.emit(ADD, WEIGHTS, GROUP_BYTES);
        }
        code.load(RAX, FIRST_OUTPUT);
        code.emit(ADD, RAX, groups * OUTPUT_BYTES);
        code.store(FIRST_OUTPUT, RAX);
        code.emit(SUB, GROUPS_LEFT, groups);
        code.jumpIf(Condition.EQUAL, done);
        if (repeat) {
            code.jump(top);
        }
        code.bind(enough);
    }

    private void emitTokenLoop(int groups) {
        Label done = new Label();
        Label fewer = new Label();
        code.load(TOKENS_LEFT, TOKENS);
        code.emit(CMP, TOKENS_LEFT, mostTokens);
        code.jumpIf(Condition.LESS, fewer);
        emitTokens(groups, mostTokens, true, done);
        Label top = code.here();
        Label enough = new Label();
        code.emit(CMP, TOKENS_LEFT, mostTokens);
        code.jumpIf(Condition.LESS, enough);
        emitTokens(groups, mostTokens, false, done);
        code.jump(top);
        code.bind(fewer);
        code.bind(enough);
        for (int tokens = mostTokens - tokenStep; tokens >= tokenStep; tokens -= tokenStep) {
            Label less = new Label();
            code.emit(CMP, TOKENS_LEFT, tokens);
            code.jumpIf(Condition.LESS, less);
            emitTokens(groups, tokens, false, done);
            code.bind(less);
        }
        code.bind(done);
    }

    private void emitTokens(int groups, int tokens, boolean first, Label done) {
        body.emit(groups, tokens, first);
        for (int token = 0; token < tokens; token++) {
            code.emit(ADD, INPUT, INPUT_STRIDE);
            code.emit(ADD, OUTPUT, OUTPUT_STRIDE);
        }
        code.emit(SUB, TOKENS_LEFT, tokens);
        code.jumpIf(Condition.EQUAL, done);
    }
}
