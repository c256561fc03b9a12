package dev.tokamak.engine.execute;

import dev.tokamak.engine.execute.Workspace.Rows;
import dev.tokamak.kernels.activation.ElementFunction;
import dev.tokamak.kernels.linear.Activations;
import dev.tokamak.kernels.linear.PackedWeights;
import dev.tokamak.models.architecture.FeedForward;
import dev.tokamak.models.architecture.Projection;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A feed-forward block of experts as stages: scores, choice and gathering of rows by expert, the experts' inner rows, their
/// outputs, and the weighted sum. The cost is that of the experts that are used. Confined to the engine thread while it is
/// made.
final class ExpertStages {

    /* Rows are gathered by expert, so that an expert's weights are read once for all its tokens. The shared expert, whose
     * rows are all tokens, is an ordinary block whose output is added last. */

    private static final int TILE_ROWS = 64;

    private final Workbench bench;
    private final RowSet rowSet;
    private final FeedForward.Experts block;
    private final List<FeedForward.Gated> experts;
    private final ExpertInputs inputs;
    private final ExpertChoice choice;
    private final ExpertPlan plan;
    private final Projected[] routed;
    private final Projected scores;
    private final @Nullable Rows sharedGate;
    private final Activations gathered;
    private final Activations inner;
    private final Rows innerRows;
    private final Rows zeros;
    private final Rows up;
    private final Rows outputs;
    private final boolean weighsInputs;
    private final boolean quantizeGathered;
    private final boolean quantizeInner;

    ExpertStages(Workbench bench, RowSet rowSet, FeedForward.Experts block) {
        this.bench = bench;
        this.rowSet = rowSet;
        this.block = block;
        this.experts = block.experts();
        this.inputs = new ExpertInputs(bench, rowSet, block);
        Workspace workspace = bench.workspace();
        int used = block.router().rule().used();
        scores =
                Projected.of(
                        block.router().scores(),
                        workspace.tokenRows("expert scores", experts.size()));
        Optional<Projection> gate = block.shared().flatMap(FeedForward.SharedExpert::gate);
        sharedGate = gate.map(one -> workspace.tokenRows("shared gate", 1)).orElse(null);
        routed =
                sharedGate == null
                        ? new Projected[] {scores}
                        : new Projected[] {scores, Projected.of(gate.orElseThrow(), sharedGate)};
        choice =
                new ExpertChoice(
                        bench.kernels(),
                        block.router(),
                        scores.rows(),
                        workspace.tokenRows("expert weights", used));
        plan = new ExpertPlan(choice, workspace.maxTokens());
        FeedForward.Gated first = experts.getFirst();
        int width = first.up().weights().rows();
        gathered = workspace.activations("gathered", used, first.up().weights().columns());
        inner = workspace.activations("expert inner", used, width);
        innerRows = Rows.of(inner);
        zeros = workspace.tokenRows("zeros", workspace.delta.columns());
        up = workspace.rows("expert up", used, width);
        outputs = workspace.rows("expert outputs", used, first.down().weights().rows());
        weighsInputs = block.router().rule().weighsInputs();
        quantizeGathered = first.up().weights().readsQuantized();
        quantizeInner = first.down().weights().readsQuantized();
    }

    /// @param finish what is done with complete rows of `delta`
    List<Stage> stages(RowFinish finish) {
        List<Stage> stages = new ArrayList<>();
        if (inputs.areOwn()) {
            stages.add(new RowStage("norms", bench, this::allRows, inputs::prepare));
        }
        stages.add(
                new ProductStage("router", bench, rowSet, inputs.router(), this::choose, routed));
        stages.add(new FinishStage("choose experts", bench, rowSet, this::choose));
        block.shared().ifPresent(shared -> addShared(stages, shared));
        stages.add(new RowStage("gather", bench, this::sortedRows, this::gather));
        stages.add(new ExpertInnerStage());
        if (quantizeInner) {
            stages.add(new RowStage("quantise", bench, plan::rows, this::quantizeInner));
        }
        stages.add(new ExpertDownStage());
        stages.add(
                new RowStage(
                        "sum experts",
                        bench,
                        this::allRows,
                        (first, count) -> {
                            sum(first, count);
                            finish.finish(first, count);
                        }));
        return stages;
    }

    private void addShared(List<Stage> stages, FeedForward.SharedExpert shared) {
        InnerStage innerStage = new InnerStage(bench, rowSet, shared.block());
        stages.add(innerStage);
        stages.add(new FinishStage("quantise", bench, rowSet, innerStage::finish));
        Projection down = shared.block().down();
        Projected projected = Projected.of(down, sharedOutputs());
        RowFinish finish =
                (first, count) -> {
                    for (int row = first; row < first + count; row++) {
                        projected.complete(bench, row);
                    }
                };
        stages.add(
                new ProductStage(
                        "shared down",
                        bench,
                        rowSet,
                        bench.workspace().inner(down.weights().columns()),
                        finish,
                        projected));
        if (down.bias().isPresent()) {
            stages.add(new FinishStage("shared bias", bench, rowSet, finish));
        }
    }

    private Rows sharedOutputs() {
        return bench.workspace().tokenRows("shared output", bench.workspace().delta.columns());
    }

    private void choose(int firstRow, int rowCount) {
        for (int row = firstRow; row < firstRow + rowCount; row++) {
            scores.complete(bench, row);
            choice.choose(row);
            if (sharedGate != null) {
                bench.kernels()
                        .activation()
                        .apply(
                                ElementFunction.SIGMOID,
                                sharedGate.memory(),
                                sharedGate.offsetBytes(row),
                                1);
            }
        }
    }

    private int allRows() {
        return rowSet.rows(bench.plan());
    }

    private int sortedRows() {
        plan.prepare(allRows());
        return plan.rows();
    }

    private void gather(int firstRow, int rowCount) {
        Activations input = inputs.experts();
        for (int row = firstRow; row < firstRow + rowCount; row++) {
            MemorySegment.copy(
                    input.floats(),
                    input.offsetBytes(plan.token(row)),
                    gathered.floats(),
                    gathered.offsetBytes(row),
                    input.offsetBytes(1));
            if (weighsInputs) {
                bench.kernels()
                        .activation()
                        .scale(
                                gathered.floats(),
                                gathered.offsetBytes(row),
                                plan.weight(row),
                                gathered.columns());
            }
        }
        if (quantizeGathered) {
            bench.kernels().linear().quantize(gathered, firstRow, rowCount);
        }
    }

    private void quantizeInner(int firstRow, int rowCount) {
        bench.kernels().linear().quantize(inner, firstRow, rowCount);
    }

    /// Adds the experts' outputs in ascending order, the shared one last.
    private void sum(int firstRow, int rowCount) {
        Rows delta = bench.workspace().delta;
        for (int row = firstRow; row < firstRow + rowCount; row++) {
            long at = delta.offsetBytes(row);
            MemorySegment.copy(zeros.memory(), 0, delta.memory(), at, delta.offsetBytes(1));
            for (int place = 0; place < choice.used(); place++) {
                float weight = weighsInputs ? 1 : choice.weight(row, place);
                add(delta, at, outputs, plan.row(row, place), weight);
            }
            inputs.finishSum(delta, row);
            if (block.shared().isPresent()) {
                inputs.finishShared(sharedOutputs(), row);
                add(delta, at, sharedOutputs(), row, sharedWeight(row));
            }
        }
    }

    private float sharedWeight(int row) {
        return sharedGate == null
                ? 1f
                : sharedGate.memory().get(ValueLayout.JAVA_FLOAT, sharedGate.offsetBytes(row));
    }

    private void add(Rows delta, long at, Rows addend, int row, float weight) {
        bench.kernels()
                .activation()
                .addScaled(
                        delta.memory(),
                        at,
                        addend.memory(),
                        addend.offsetBytes(row),
                        weight,
                        delta.columns());
    }

    /// The experts' gate and upward projections.
    private final class ExpertInnerStage implements Stage {

        private final ExpertPieces pieces;

        ExpertInnerStage() {
            FeedForward.Gated first = experts.getFirst();
            pieces =
                    new ExpertPieces(
                            experts.size(), first.up().weights().groups(), bench.workers());
        }

        @Override
        public String name() {
            return "experts gate/up";
        }

        @Override
        public int prepare() {
            return pieces.cut(plan);
        }

        @Override
        public long bytes() {
            FeedForward.Gated first = experts.getFirst();
            return pieces.active()
                    * (first.gate().weights().sizeBytes() + first.up().weights().sizeBytes());
        }

        @Override
        public long multiplyAdds() {
            FeedForward.Gated first = experts.getFirst();
            return plan.rows()
                    * (first.gate().weights().multiplyAdds() + first.up().weights().multiplyAdds());
        }

        @Override
        public void run(int piece, int worker) {
            int expert = pieces.expert(piece);
            FeedForward.Gated own = experts.get(expert);
            int end = plan.firstRow(expert) + plan.rowCount(expert);
            for (int row = plan.firstRow(expert); row < end; row += TILE_ROWS) {
                int count = Math.min(TILE_ROWS, end - row);
                multiply(own.gate().weights(), innerRows, row, count, piece);
                multiply(own.up().weights(), up, row, count, piece);
                for (int one = row; one < row + count; one++) {
                    gate(own, one, piece);
                }
            }
        }

        private void multiply(PackedWeights weights, Rows output, int row, int count, int piece) {
            bench.multiply(
                    weights,
                    gathered,
                    output,
                    row,
                    count,
                    pieces.firstGroup(piece),
                    pieces.groupCount(piece));
        }

        private void gate(FeedForward.Gated own, int row, int piece) {
            int firstColumn = pieces.firstGroup(piece) * PackedWeights.GROUP_ROWS;
            int columns =
                    Math.min(
                            pieces.groupCount(piece) * PackedWeights.GROUP_ROWS,
                            inner.columns() - firstColumn);
            long at = inner.offsetBytes(row) + (long) firstColumn * Float.BYTES;
            addBias(own.gate().bias(), inner.floats(), at, firstColumn, columns);
            addBias(own.up().bias(), up.memory(), at, firstColumn, columns);
            bench.kernels()
                    .activation()
                    .gate(
                            own.function(),
                            inner.floats(),
                            at,
                            up.memory(),
                            at,
                            inner.floats(),
                            at,
                            columns);
        }
    }

    private void addBias(
            Optional<MemorySegment> bias,
            MemorySegment rows,
            long at,
            int firstColumn,
            int columns) {
        if (bias.isPresent()) {
            bench.kernels()
                    .activation()
                    .add(rows, at, bias.get(), (long) firstColumn * Float.BYTES, columns);
        }
    }

    /// The experts' downward projections.
    private final class ExpertDownStage implements Stage {

        private final ExpertPieces pieces;

        ExpertDownStage() {
            FeedForward.Gated first = experts.getFirst();
            pieces =
                    new ExpertPieces(
                            experts.size(), first.down().weights().groups(), bench.workers());
        }

        @Override
        public String name() {
            return "experts down";
        }

        @Override
        public int prepare() {
            return pieces.cut(plan);
        }

        @Override
        public long bytes() {
            return pieces.active() * experts.getFirst().down().weights().sizeBytes();
        }

        @Override
        public long multiplyAdds() {
            return plan.rows() * experts.getFirst().down().weights().multiplyAdds();
        }

        @Override
        public void run(int piece, int worker) {
            int expert = pieces.expert(piece);
            Projection down = experts.get(expert).down();
            int firstGroup = pieces.firstGroup(piece);
            int groups = pieces.groupCount(piece);
            int firstColumn = firstGroup * PackedWeights.GROUP_ROWS;
            int columns =
                    Math.min(groups * PackedWeights.GROUP_ROWS, outputs.columns() - firstColumn);
            int end = plan.firstRow(expert) + plan.rowCount(expert);
            for (int row = plan.firstRow(expert); row < end; row += TILE_ROWS) {
                int count = Math.min(TILE_ROWS, end - row);
                bench.multiply(down.weights(), inner, outputs, row, count, firstGroup, groups);
                for (int one = row; one < row + count; one++) {
                    long at = outputs.offsetBytes(one) + (long) firstColumn * Float.BYTES;
                    addBias(down.bias(), outputs.memory(), at, firstColumn, columns);
                }
            }
        }
    }
}
