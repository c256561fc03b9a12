package dev.tokamak.kernels.attention;

import dev.tokamak.kernels.arithmetic.EmittedLanes;
import dev.tokamak.kernels.assembler.Vector;
import dev.tokamak.kernels.code.CodeMemory;
import dev.tokamak.kernels.code.CodeMemory.Draft;
import dev.tokamak.kernels.code.EmittedFunction;
import java.util.List;

/// The emitted functions of one shape. Thread-safe.
///
/// @param row where the parts of a row of a tile lie
/// @param blockRows query rows that the registers take at once
record AttentionFunctions(
        AttentionShape shape,
        TileRow row,
        int blockRows,
        EmittedFunction attend,
        EmittedFunction store,
        EmittedFunction merge) {

    static AttentionFunctions emit(CodeMemory memory, AttentionShape shape, int vectorBits) {
        int blockRows = AttentionCode.mostBlockRows(EmittedLanes.of(vectorBits).registers());
        String purpose = " with %d-bit registers for %s".formatted(vectorBits, shape);
        List<EmittedFunction> functions =
                memory.publish(
                        List.of(
                                new Draft(
                                        "attention" + purpose,
                                        attend(EmittedLanes.of(vectorBits), shape, blockRows)),
                                new Draft(
                                        "storing keys and values" + purpose,
                                        store(EmittedLanes.of(vectorBits), shape)),
                                new Draft(
                                        "merging attention" + purpose,
                                        merge(EmittedLanes.of(vectorBits), shape))));
        return new AttentionFunctions(
                shape,
                shape.row(),
                blockRows,
                functions.get(0),
                functions.get(1),
                functions.get(2));
    }

    private static <V extends Vector<V>> byte[] attend(
            EmittedLanes<V> lanes, AttentionShape shape, int blockRows) {
        return new AttentionCode<>(lanes, shape, blockRows).assemble();
    }

    private static <V extends Vector<V>> byte[] store(EmittedLanes<V> lanes, AttentionShape shape) {
        return new StoreCode<>(lanes, shape).assemble();
    }

    private static <V extends Vector<V>> byte[] merge(EmittedLanes<V> lanes, AttentionShape shape) {
        return new MergeCode<>(lanes, shape).assemble();
    }
}
