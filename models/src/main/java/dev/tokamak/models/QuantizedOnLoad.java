package dev.tokamak.models;

import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.kernels.quantize.TargetType;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.convert.RowConverter;
import dev.tokamak.models.gguf.GgmlType;
import dev.tokamak.models.gguf.GgufTensor;
import dev.tokamak.models.gguf.Metadata;
import dev.tokamak.models.gguf.ModelFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A model file whose matrices are quantised when they are mapped, because exact products of floats are slow. Norms, biases,
/// routers, positions and heads for scores stay as they are, embeddings and the output head keep at least 8 bits, a matrix
/// whose rows are no whole blocks of the wanted type gets 8 bits or stays, and so does one that is no larger than it would
/// become. Thread-safe, one mapping at a time; closes the file.
final class QuantizedOnLoad implements ModelFile {

    private static final TargetType FINEST = TargetType.Q8_0;

    /// Parts of the names of matrices that are small and decide much, or are no matrices but rows to be added.
    private static final List<String> KEPT =
            List.of("ffn_gate_inp", "token_types.", "position_embd.", "cls.");

    private static final int MOST_COLUMNS = 1 << 26;

    private final ModelFile file;
    private final TargetType wanted;
    private final WorkerTeam team;
    private final Map<String, TargetType> targets = new LinkedHashMap<>();
    private final Map<String, GgufTensor> originals = new LinkedHashMap<>();
    private final List<GgufTensor> tensors;

    /// @param team the workers that quantise
    QuantizedOnLoad(ModelFile file, TargetType wanted, WorkerTeam team) {
        this.file = file;
        this.wanted = wanted;
        this.team = team;
        this.tensors = file.tensors().stream().map(this::present).toList();
    }

    private GgufTensor present(GgufTensor tensor) {
        TargetType target = target(tensor);
        if (target == null) {
            return tensor;
        }
        targets.put(tensor.name(), target);
        originals.put(tensor.name(), tensor);
        long columns = tensor.dimensions().getFirst();
        long rows = tensor.elements() / columns;
        return new GgufTensor(
                tensor.name(),
                GgmlType.valueOf(target.name()),
                tensor.dimensions(),
                tensor.offsetBytes(),
                Math.multiplyExact(rows, (long) target.rowBytes(Math.toIntExact(columns))));
    }

    private @Nullable TargetType target(GgufTensor tensor) {
        boolean readable =
                switch (tensor.type()) {
                    case I8, I16, I32, I64, F64 -> false;
                    default -> tensor.type().tensorType().isPresent();
                };
        long columns = tensor.dimensions().getFirst();
        boolean matrix = tensor.dimensions().size() >= 2 && columns <= MOST_COLUMNS;
        boolean kept = KEPT.stream().anyMatch(tensor.name()::contains);
        if (!readable || !matrix || kept) {
            return null;
        }
        boolean end =
                tensor.name().equals("token_embd.weight") || tensor.name().equals("output.weight");
        TargetType target = end || !wanted.fits(columns) ? FINEST : wanted;
        boolean smaller =
                target.fits(columns)
                        && target.rowBytes(Math.toIntExact(columns)) < tensor.rowBytes();
        return smaller ? target : null;
    }

    @Override
    public Path path() {
        return file.path();
    }

    @Override
    public long sizeBytes() {
        return file.sizeBytes();
    }

    @Override
    public String format() {
        return file.format();
    }

    @Override
    public List<Path> files() {
        return file.files();
    }

    @Override
    public Metadata metadata() {
        return file.metadata();
    }

    @Override
    public List<GgufTensor> tensors() {
        return tensors;
    }

    @Override
    public MemorySegment map(GgufTensor tensor, Arena owner) {
        TargetType target = targets.get(tensor.name());
        GgufTensor original = originals.get(tensor.name());
        if (target == null || original == null) {
            return file.map(tensor, owner);
        }
        MemorySegment quantized = owner.allocate(tensor.sizeBytes(), 64);
        quantize(original, target, quantized);
        return quantized;
    }

    private void quantize(GgufTensor tensor, TargetType target, MemorySegment output) {
        int columns = Math.toIntExact(tensor.dimensions().getFirst());
        TensorType type = file.requireComputable(tensor);
        RowQuantizer[] workers = new RowQuantizer[team.workers()];
        for (int worker = 0; worker < workers.length; worker++) {
            workers[worker] = new RowQuantizer(type, columns, target, output);
        }
        TeamRows.read(
                file,
                tensor,
                team,
                (rows, first, count, worker) -> {
                    for (int row = 0; row < count; row++) {
                        try {
                            workers[worker].quantize(rows, row, first + row);
                        } catch (IllegalArgumentException e) {
                            throw file.corrupt(
                                    "tensor '%s', row %d: %s"
                                            .formatted(tensor.name(), first + row, e.getMessage()));
                        }
                    }
                });
    }

    @Override
    public void close() {
        file.close();
    }

    /// Quantises one row at a time. Confined to one worker.
    private static final class RowQuantizer {

        private static final float[] NO_IMPORTANCE = {};

        private final MemorySegment output;
        private final RowConverter converter;
        private final byte[] blocks;

        RowQuantizer(TensorType type, int columns, TargetType target, MemorySegment output) {
            this.output = output;
            this.converter = new RowConverter(type, target, columns);
            this.blocks = new byte[converter.targetRowBytes()];
        }

        void quantize(MemorySegment source, int sourceRow, long row) {
            converter.convert(source, sourceRow, NO_IMPORTANCE, 0, blocks, 0);
            long at = row * blocks.length;
            MemorySegment.copy(blocks, 0, output, ValueLayout.JAVA_BYTE, at, blocks.length);
        }
    }
}
