package dev.tokamak.kernels.attention;

import dev.tokamak.kernels.arithmetic.EmittedLanes;
import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Arithmetic;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Condition;
import dev.tokamak.kernels.assembler.Gpr;
import dev.tokamak.kernels.assembler.Label;
import dev.tokamak.kernels.assembler.Store;
import dev.tokamak.kernels.assembler.Ternary;
import dev.tokamak.kernels.assembler.Vector;
import java.util.function.BiConsumer;

/// Emits attention of a tile of query rows over consecutive pages, segment by segment. Confined to one thread.
final class AttentionCode<V extends Vector<V>> {

    /* Arguments: the rows of the tile (see TileRow); the addresses of the pages' keys, from the first page on; first and
     * last page; first and last page whose 32 keys all rows see (none when the last is lower); rows of the tile, bits 0-15,
     * rows of a block, bits 16-31, and FINISH and SINKS; the bits of the scale and of the softcap. Of two ints in one argument
     * the first is the lower half.
     *
     * A block is as many rows as the registers take at once. For each page and each block in turn: scores, then the softmax
     * row by row, then the values. Pages that not all rows see in full come in three parts: keys before those that all rows
     * of the block see, those that all see, and those after, so that each row adds its own keys in ascending order and
     * masked values are never touched. */

    /// Divide by the sum after the last page.
    static final long FINISH = 1L << 32;

    /// Merge the sinks of the rows before.
    static final long SINKS = 1L << 33;

    private static final int KEYS = KvLayout.PAGE_TOKENS;
    private static final int SEGMENT_PAGES = KvLayout.SEGMENT_TOKENS / KEYS;
    private static final int PAGE_SHIFT = Integer.numberOfTrailingZeros(KEYS);
    private static final int SEGMENT_SHIFT = Integer.numberOfTrailingZeros(KvLayout.SEGMENT_TOKENS);
    private static final int SEGMENT_PAGES_SHIFT = SEGMENT_SHIFT - PAGE_SHIFT;

    private static final Gpr TILE = Gpr.RDI;
    private static final Gpr ENTRY = Gpr.RSI;
    private static final Gpr PAGE = Gpr.R12;
    private static final Gpr KEYS_AT = Gpr.R13;
    private static final Gpr BLOCK = Gpr.RBX;
    private static final Gpr ROW = Gpr.R11;
    private static final Gpr MASKS = Gpr.R15;
    private static final Gpr FROM = Gpr.RAX;
    private static final Gpr TO = Gpr.R8;
    private static final Gpr FREE = Gpr.RDX;
    private static final Gpr PAGE_START = Gpr.RCX;

    private static final Address SCALE = slot(0);
    private static final Address SOFTCAP = SCALE.plus(Float.BYTES);
    private static final Address WHOLE_FIRST = slot(1);
    private static final Address WHOLE_LAST = slot(2);
    private static final Address LAST_PAGE = slot(3);
    private static final Address OPTIONS = slot(4);
    private static final Address TILE_END = slot(5);
    private static final Address BLOCK_BYTES = slot(6);
    private static final Address BLOCK_END = slot(7);
    private static final Address COMMON_FROM = slot(8);
    private static final Address COMMON_TO = slot(9);
    private static final int STACK_BYTES = 128;

    private final EmittedLanes<V> lanes;
    private final Assembler assembler;
    private final AttentionShape shape;
    private final TileRow row;
    private final BlockProduct<V> product;
    private final PageSoftmax<V> softmax;
    private final SegmentMerge<V> merge;
    private final int blockRows;
    private final Label[] scores;
    private final Label[] wholeValues;
    private final Label[] someValues;

    private static Address slot(int index) {
        return Address.at(Gpr.RSP, index * Long.BYTES);
    }

    AttentionCode(EmittedLanes<V> lanes, AttentionShape shape, int blockRows) {
        this.lanes = lanes;
        this.shape = shape;
        this.blockRows = blockRows;
        assembler = lanes.code();
        row = shape.row();
        product = new BlockProduct<>(lanes, shape);
        softmax = new PageSoftmax<>(lanes, shape, ROW);
        merge = new SegmentMerge<>(lanes, shape.outputVectors(lanes.lanes()));
        scores = labels();
        wholeValues = labels();
        someValues = labels();
    }

    private Label[] labels() {
        Label[] labels = new Label[blockRows];
        for (int i = 0; i < blockRows; i++) {
            labels[i] = new Label();
        }
        return labels;
    }

    /// The most rows of a block that this many registers take at once.
    static int mostBlockRows(int registers) {
        return registers == Vector.COUNT ? 12 : 6;
    }

    byte[] assemble() {
        assembler.enter(STACK_BYTES);
        emitArguments();
        Label nextSegment = assembler.here();
        emitSegmentStart();
        Label nextPage = assembler.here();
        emitPage();
        Label segmentEnd = new Label();
        assembler.emit(Arithmetic.ADD, ENTRY, Long.BYTES);
        assembler.emit(Arithmetic.ADD, PAGE, 1);
        assembler.emit(Arithmetic.CMP, PAGE, LAST_PAGE);
        assembler.jumpIf(Condition.GREATER, segmentEnd);
        assembler.move(FREE, PAGE);
        assembler.emit(Arithmetic.AND, FREE, SEGMENT_PAGES - 1);
        assembler.jumpIf(Condition.NOT_EQUAL, nextPage);
        assembler.bind(segmentEnd);
        emitSegmentEnd();
        assembler.emit(Arithmetic.CMP, PAGE, LAST_PAGE);
        assembler.jumpIf(Condition.LESS_OR_EQUAL, nextSegment);
        emitFinish();
        assembler.leave();
        emitProducts();
        return assembler.assemble();
    }

    private void emitArguments() {
        splitInts(Gpr.RDX, PAGE, LAST_PAGE);
        splitInts(Gpr.RCX, FREE, WHOLE_LAST);
        assembler.store(WHOLE_FIRST, FREE);
        assembler.store(OPTIONS, Gpr.R8);
        assembler.store(SCALE, Gpr.R9);
        assembler.move(FREE, Gpr.R8);
        assembler.emit(Arithmetic.AND, FREE, 0xffff);
        assembler.multiply(FREE, FREE, row.strideBytes());
        assembler.emit(Arithmetic.ADD, FREE, TILE);
        assembler.store(TILE_END, FREE);
        assembler.shiftRight(Gpr.R8, 16);
        assembler.emit(Arithmetic.AND, Gpr.R8, 0xffff);
        assembler.multiply(Gpr.R8, Gpr.R8, row.strideBytes());
        assembler.store(BLOCK_BYTES, Gpr.R8);
        assembler.lea(MASKS, PageSoftmax.maskTable(assembler));
    }

    /// The lower int to a register, the upper one to a slot, both with their sign. The lower register may be RDX itself.
    private void splitInts(Gpr packed, Gpr lower, Address upper) {
        assembler.move(Gpr.RAX, packed);
        assembler.shiftRightSigned(Gpr.RAX, Integer.SIZE);
        assembler.store(upper, Gpr.RAX);
        assembler.move(lower, packed);
        assembler.shiftLeft(lower, Integer.SIZE);
        assembler.shiftRightSigned(lower, Integer.SIZE);
    }

    /// Emits the body for each row of the tile or block, in [#ROW].
    private void eachRow(Gpr first, Address end, BiConsumer<Label, Assembler> body) {
        assembler.move(ROW, first);
        Label loop = assembler.here();
        Label next = new Label();
        body.accept(next, assembler);
        assembler.bind(next);
        assembler.emit(Arithmetic.ADD, ROW, row.strideBytes());
        assembler.emit(Arithmetic.CMP, ROW, end);
        assembler.jumpIf(Condition.BELOW, loop);
    }

    private void emitSegmentStart() {
        V zero = lanes.register(0);
        assembler.emit(Ternary.VPXOR, zero, zero, zero);
        assembler.move(FREE, Float.floatToRawIntBits(Float.NEGATIVE_INFINITY));
        int vectorBytes = lanes.lanes() * Float.BYTES;
        eachRow(
                TILE,
                TILE_END,
                (next, code) -> {
                    code.storeInt(Address.at(ROW, row.maximum()), FREE);
                    for (int at = row.sums(); at < row.merged(); at += vectorBytes) {
                        code.emit(Store.VMOVUPS, Address.at(ROW, at), zero);
                    }
                });
    }

    private void emitPage() {
        assembler.load(KEYS_AT, Address.at(ENTRY));
        assembler.move(BlockProduct.AHEAD, KEYS_AT);
        Label last = new Label();
        assembler.emit(Arithmetic.CMP, PAGE, LAST_PAGE);
        assembler.jumpIf(Condition.EQUAL, last);
        assembler.load(BlockProduct.AHEAD, Address.at(ENTRY, Long.BYTES));
        assembler.bind(last);
        assembler.emit(Arithmetic.SUB, BlockProduct.AHEAD, KEYS_AT);
        assembler.move(BLOCK, TILE);
        Label nextBlock = assembler.here();
        assembler.load(FREE, TILE_END);
        assembler.move(ROW, BLOCK);
        assembler.emit(Arithmetic.ADD, ROW, BLOCK_BYTES);
        assembler.emit(Arithmetic.CMP, ROW, FREE);
        assembler.moveIf(Condition.ABOVE, ROW, FREE);
        assembler.store(BLOCK_END, ROW);
        emitBlock();
        assembler.load(BLOCK, BLOCK_END);
        assembler.emit(Arithmetic.CMP, BLOCK, TILE_END);
        assembler.jumpIf(Condition.BELOW, nextBlock);
    }

    private void emitBlock() {
        Label partial = new Label();
        Label done = new Label();
        assembler.move(BlockProduct.RECORD, BLOCK);
        assembler.move(BlockProduct.VECTORS, KEYS_AT);
        callForRows(scores);
        assembler.emit(Arithmetic.CMP, PAGE, WHOLE_FIRST);
        assembler.jumpIf(Condition.LESS, partial);
        assembler.emit(Arithmetic.CMP, PAGE, WHOLE_LAST);
        assembler.jumpIf(Condition.GREATER, partial);
        eachRow(
                BLOCK,
                BLOCK_END,
                (next, code) -> {
                    softmax.emitLoad(SOFTCAP);
                    softmax.emitProbabilities();
                });
        assembler.move(BlockProduct.RECORD, BLOCK);
        assembler.lea(BlockProduct.VECTORS, Address.at(KEYS_AT, shape.keyBytes()));
        assembler.move(BlockProduct.START, 0);
        assembler.move(BlockProduct.END, KEYS * Float.BYTES);
        callForRows(wholeValues);
        assembler.jump(done);
        assembler.bind(partial);
        emitPartialPage();
        assembler.bind(done);
    }

    /// Calls the variant for as many rows as the block has.
    private void callForRows(Label[] variants) {
        Label done = new Label();
        assembler.load(Gpr.RAX, BLOCK_END);
        assembler.emit(Arithmetic.SUB, Gpr.RAX, BLOCK);
        for (int rows = variants.length; rows > 0; rows--) {
            Label other = new Label();
            assembler.emit(Arithmetic.CMP, Gpr.RAX, rows * row.strideBytes());
            assembler.jumpIf(Condition.NOT_EQUAL, other);
            assembler.call(variants[rows - 1]);
            assembler.jump(done);
            assembler.bind(other);
        }
        assembler.bind(done);
    }

    private void emitPartialPage() {
        emitPageStart();
        eachRow(
                BLOCK,
                BLOCK_END,
                (next, code) -> {
                    emitFrom(ROW, row.first());
                    emitTo(ROW, row.last());
                    code.emit(Arithmetic.CMP, FROM, TO);
                    code.jumpIf(Condition.GREATER, next);
                    softmax.emitLoad(SOFTCAP);
                    softmax.emitMask(FROM, TO, MASKS, FREE, Gpr.R9);
                    softmax.emitProbabilities();
                });
        emitCommonKeys();
        eachRow(
                BLOCK,
                BLOCK_END,
                (next, code) -> {
                    emitPageStart();
                    emitFrom(ROW, row.first());
                    emitTo(ROW, row.last());
                    code.load(FREE, COMMON_FROM);
                    code.emit(Arithmetic.SUB, FREE, 1);
                    code.emit(Arithmetic.CMP, TO, FREE);
                    code.moveIf(Condition.GREATER, TO, FREE);
                    emitSomeValues(next);
                });
        Label noCommon = new Label();
        assembler.load(FROM, COMMON_FROM);
        assembler.load(TO, COMMON_TO);
        emitKeyRange(noCommon);
        assembler.move(BlockProduct.RECORD, BLOCK);
        callForRows(someValues);
        assembler.bind(noCommon);
        eachRow(
                BLOCK,
                BLOCK_END,
                (next, code) -> {
                    emitPageStart();
                    emitFrom(ROW, row.first());
                    emitTo(ROW, row.last());
                    code.load(FREE, COMMON_TO);
                    code.emit(Arithmetic.ADD, FREE, 1);
                    code.emit(Arithmetic.CMP, FROM, FREE);
                    code.moveIf(Condition.LESS, FROM, FREE);
                    emitSomeValues(next);
                });
    }

    private void emitPageStart() {
        assembler.move(PAGE_START, PAGE);
        assembler.shiftLeft(PAGE_START, PAGE_SHIFT);
    }

    /// The keys of this page that all rows of the block see: rows stand in ascending order of their positions, so the last
    /// row begins last and the first one ends first. When there are none, each row's keys all count as before them.
    private void emitCommonKeys() {
        Label some = new Label();
        assembler.load(Gpr.R9, BLOCK_END);
        emitFrom(Gpr.R9, row.first() - row.strideBytes());
        emitTo(BLOCK, row.last());
        assembler.emit(Arithmetic.CMP, FROM, TO);
        assembler.jumpIf(Condition.LESS_OR_EQUAL, some);
        assembler.move(FROM, KEYS);
        assembler.move(TO, KEYS - 1L);
        assembler.bind(some);
        assembler.store(COMMON_FROM, FROM);
        assembler.store(COMMON_TO, TO);
    }

    /// The first key of the page that a row sees.
    private void emitFrom(Gpr record, int offset) {
        assembler.loadSignedInt(FROM, Address.at(record, offset));
        assembler.emit(Arithmetic.SUB, FROM, PAGE_START);
        assembler.move(FREE, 0);
        assembler.emit(Arithmetic.CMP, FROM, 0);
        assembler.moveIf(Condition.LESS, FROM, FREE);
    }

    /// The last key of the page that a row sees, negative when it sees none.
    private void emitTo(Gpr record, int offset) {
        assembler.loadSignedInt(TO, Address.at(record, offset));
        assembler.emit(Arithmetic.SUB, TO, PAGE_START);
        assembler.move(FREE, KEYS - 1L);
        assembler.emit(Arithmetic.CMP, TO, FREE);
        assembler.moveIf(Condition.GREATER, TO, FREE);
    }

    /// Adds the values of keys FROM to TO of the page to the output of one row.
    private void emitSomeValues(Label none) {
        emitKeyRange(none);
        assembler.move(BlockProduct.RECORD, ROW);
        assembler.call(someValues[0]);
    }

    /// Turns keys FROM to TO into what the product of values takes.
    private void emitKeyRange(Label none) {
        assembler.emit(Arithmetic.CMP, FROM, TO);
        assembler.jumpIf(Condition.GREATER, none);
        assembler.lea(BlockProduct.END, Address.at(TO, 1));
        assembler.shiftLeft(BlockProduct.END, 2);
        assembler.multiply(BlockProduct.VECTORS, FROM, shape.valueDim() * shape.elementBytes());
        assembler.emit(Arithmetic.ADD, BlockProduct.VECTORS, KEYS_AT);
        assembler.emit(Arithmetic.ADD, BlockProduct.VECTORS, shape.keyBytes());
        assembler.move(BlockProduct.START, FROM);
        assembler.shiftLeft(BlockProduct.START, 2);
    }

    private void emitSegmentEnd() {
        assembler.lea(PAGE_START, Address.at(PAGE, -1));
        assembler.shiftRight(PAGE_START, SEGMENT_PAGES_SHIFT);
        eachRow(
                TILE,
                TILE_END,
                (next, code) -> {
                    code.loadSignedInt(FROM, Address.at(ROW, row.first()));
                    code.shiftRight(FROM, SEGMENT_SHIFT);
                    code.loadSignedInt(TO, Address.at(ROW, row.last()));
                    code.shiftRight(TO, SEGMENT_SHIFT);
                    code.emit(Arithmetic.CMP, FROM, PAGE_START);
                    code.jumpIf(Condition.GREATER, next);
                    code.emit(Arithmetic.CMP, TO, PAGE_START);
                    code.jumpIf(Condition.LESS, next);
                    emitMerge(next);
                });
    }

    private void emitMerge(Label next) {
        Label later = new Label();
        Address segmentSum = Address.at(ROW, row.segmentSum());
        softmax.emitHalving(segmentSum);
        assembler.emit(Arithmetic.CMP, FROM, PAGE_START);
        assembler.jumpIf(Condition.NOT_EQUAL, later);
        SegmentMerge.Part merged = merged();
        merge.emitCopy(merged.output(), Address.at(ROW, row.output()));
        assembler.loadInt(FREE, segmentSum);
        assembler.storeInt(merged.sum(), FREE);
        assembler.loadInt(FREE, Address.at(ROW, row.maximum()));
        assembler.storeInt(merged.maximum(), FREE);
        assembler.jump(next);
        assembler.bind(later);
        merge.emitMerge(
                merged,
                new SegmentMerge.Part(
                        Address.at(ROW, row.output()), Address.at(ROW, row.maximum()), segmentSum));
    }

    private SegmentMerge.Part merged() {
        return new SegmentMerge.Part(
                Address.at(ROW, row.merged()),
                Address.at(ROW, row.mergedMaximum()),
                Address.at(ROW, row.mergedSum()));
    }

    private void emitFinish() {
        Label end = new Label();
        Label noSinks = new Label();
        assembler.load(FREE, OPTIONS);
        assembler.shiftRight(FREE, Integer.SIZE);
        assembler.emit(Arithmetic.CMP, FREE, 0);
        assembler.jumpIf(Condition.EQUAL, end);
        assembler.emit(Arithmetic.AND, FREE, (int) (SINKS >> Integer.SIZE));
        assembler.jumpIf(Condition.EQUAL, noSinks);
        eachRow(
                TILE,
                TILE_END,
                (next, code) -> merge.emitSink(merged(), Address.at(ROW, row.sink())));
        assembler.bind(noSinks);
        eachRow(TILE, TILE_END, (next, code) -> merge.emitDivision(merged()));
        assembler.bind(end);
    }

    /// The products as subroutines, one for each number of rows.
    private void emitProducts() {
        Address scaleInCall = SCALE.plus(Long.BYTES);
        for (int rows = 1; rows <= blockRows; rows++) {
            assembler.align(KEYS);
            assembler.bind(scores[rows - 1]);
            product.emitScores(rows, scaleInCall);
            assembler.ret();
            assembler.align(KEYS);
            assembler.bind(wholeValues[rows - 1]);
            product.emitValues(rows, true);
            assembler.ret();
            assembler.align(KEYS);
            assembler.bind(someValues[rows - 1]);
            product.emitValues(rows, false);
            assembler.ret();
        }
    }
}
