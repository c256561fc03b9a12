package dev.tokamak.kernels.attention;

import dev.tokamak.kernels.arithmetic.LaneCode;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Vector;
import dev.tokamak.kernels.code.CodeMemory;
import dev.tokamak.kernels.code.CodeMemory.Draft;
import dev.tokamak.kernels.code.EmittedFunction;
import java.util.List;
import java.util.function.Function;

/// The emitted functions of one shape. Thread-safe.
///
/// @param blockRows query rows that the registers take at once
record AttentionFunctions(
        AttentionShape shape,
        int blockRows,
        EmittedFunction attend,
        EmittedFunction store,
        EmittedFunction merge) {

    static AttentionFunctions emit(CodeMemory memory, AttentionShape shape, boolean wide) {
        return wide
                ? emit(memory, shape, "512-bit", LaneCode::wide)
                : emit(memory, shape, "256-bit", LaneCode::narrow);
    }

    private static <V extends Vector<V>> AttentionFunctions emit(
            CodeMemory memory,
            AttentionShape shape,
            String width,
            Function<Assembler, LaneCode<V>> lanes) {
        LaneCode<V> attendLanes = lanes.apply(new Assembler());
        int blockRows = AttentionCode.mostBlockRows(attendLanes.registers());
        String purpose = " with " + width + " registers for " + shape;
        List<EmittedFunction> functions =
                memory.publish(
                        List.of(
                                new Draft(
                                        "attention" + purpose,
                                        new AttentionCode<>(attendLanes, shape, blockRows)
                                                .assemble()),
                                new Draft(
                                        "storing keys and values" + purpose,
                                        new StoreCode<>(lanes.apply(new Assembler()), shape)
                                                .assemble()),
                                new Draft(
                                        "merging attention" + purpose,
                                        new MergeCode<>(lanes.apply(new Assembler()), shape)
                                                .assemble())));
        return new AttentionFunctions(
                shape, blockRows, functions.get(0), functions.get(1), functions.get(2));
    }
}
