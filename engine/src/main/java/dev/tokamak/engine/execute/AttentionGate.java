package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.activation.ElementFunction;
import dev.tokamak.kernels.activation.GateFunction;
import dev.tokamak.models.architecture.HeadShape;
import dev.tokamak.models.architecture.Projection;
import java.lang.foreign.ValueLayout;

/// Multiplies what heads give with the sigmoid of a projection that was made beside the queries: one number for each head, or
/// for each element.
final class AttentionGate implements RowFinish {

    private final Workbench bench;
    private final Rows gates;
    private final Rows attended;
    private final HeadShape shape;

    /// @param attended the outputs of all heads
    AttentionGate(Workbench bench, Projection gate, HeadShape shape, Rows attended) {
        this.bench = bench;
        this.gates = rows(bench, gate);
        this.attended = attended;
        this.shape = shape;
    }

    /// Where the projection goes.
    static Rows rows(Workbench bench, Projection gate) {
        return bench.workspace().tokenRows("attention gate", gate.weights().rows());
    }

    @Override
    public void finish(int firstToken, int tokenCount) {
        for (int token = firstToken; token < firstToken + tokenCount; token++) {
            if (gates.columns() == shape.queries()) {
                applyToHeads(token);
            } else {
                applyToElements(token);
            }
        }
    }

    private void applyToElements(int token) {
        long at = attended.offsetBytes(token);
        bench.kernels()
                .activation()
                .gate(
                        GateFunction.SIGMOID,
                        gates.memory(),
                        gates.offsetBytes(token),
                        attended.memory(),
                        at,
                        attended.memory(),
                        at,
                        attended.columns());
    }

    private void applyToHeads(int token) {
        var activation = bench.kernels().activation();
        long gateBytes = gates.offsetBytes(token);
        activation.apply(ElementFunction.SIGMOID, gates.memory(), gateBytes, gates.columns());
        int width = shape.valueDim();
        for (int head = 0; head < shape.queries(); head++) {
            float factor =
                    gates.memory()
                            .get(ValueLayout.JAVA_FLOAT, gateBytes + (long) head * Float.BYTES);
            long at = attended.offsetBytes(token) + (long) head * width * Float.BYTES;
            activation.scale(attended.memory(), at, factor, width);
        }
    }
}
