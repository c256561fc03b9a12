package dev.tokamak.models.convert;

import dev.tokamak.kernels.quantize.TargetType;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.LoadOptions;
import dev.tokamak.models.ModelException;
import dev.tokamak.models.gguf.GgufContents;
import dev.tokamak.models.gguf.GgufTensor;
import dev.tokamak.models.gguf.GgufWriter;
import dev.tokamak.models.gguf.MetadataMap;
import dev.tokamak.models.gguf.ModelFile;
import dev.tokamak.models.gguf.TensorReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/// Writes a model as a GGUF file of other tensor types. Tensors are mapped one at a time and converted a few rows at a
/// time, so memory does not grow with the model. Confined to one thread.
public final class Conversion {

    private static final long QUANTISATION_VERSION = 2;
    private static final int COPY_BYTES = 1 << 23;

    /// In the message of the error by which Java reports that a mapped file lost its end.
    private static final String LOST_PAGE = "unsafe memory access";

    private static final Set<String> SPLIT_KEYS =
            Set.of("split.no", "split.count", "split.tensors.count");

    private final ModelFile source;
    private final ConversionPlan plan;
    private final ConversionOptions options;
    private final WorkerTeam team;
    private final LoadOptions.Progress progress;
    private long doneBytes;

    /// A conversion that follows a plan made for this source and these options.
    ///
    /// @param progress told how many bytes of the source have been read
    public Conversion(
            ModelFile source,
            ConversionPlan plan,
            ConversionOptions options,
            WorkerTeam team,
            LoadOptions.Progress progress) {
        this.source = source;
        this.plan = plan;
        this.options = options;
        this.team = team;
        this.progress = progress;
    }

    /// Writes the file, which appears under its name only when it is complete.
    ///
    /// @throws ModelException ALREADY_EXISTS, DISK_FULL or NOT_WRITTEN for the target, CORRUPT_FILE or UNSUPPORTED for
    ///     the source
    public void writeTo(Path target) throws InterruptedException {
        requireOther(target);
        GgufContents contents =
                new GgufContents(
                        source.metadata(),
                        SPLIT_KEYS,
                        added(),
                        plan.steps().stream().map(ConversionPlan.Step::written).toList());
        try (GgufWriter writer = GgufWriter.create(target, contents, options.replace())) {
            for (ConversionPlan.Step step : plan.steps()) {
                write(step, writer);
            }
            writer.complete();
        } catch (InternalError e) {
            if (!String.valueOf(e.getMessage()).contains(LOST_PAGE)) {
                throw e;
            }
            throw new ModelException(
                    ModelException.Code.CORRUPT_FILE,
                    source.path() + ": the file was truncated while it was read",
                    e);
        }
    }

    private void requireOther(Path target) {
        try {
            for (Path file : source.files()) {
                if (Files.exists(target) && Files.isSameFile(target, file)) {
                    throw new ModelException(
                            ModelException.Code.ALREADY_EXISTS,
                            target + " is the model that shall be converted");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private MetadataMap added() {
        MetadataMap added = new MetadataMap(source.path());
        added.put("general.quantization_version", QUANTISATION_VERSION);
        added.put("general.file_type", options.preset().fileType());
        options.importance()
                .ifPresent(
                        matrix -> {
                            added.put(
                                    "quantize.imatrix.file",
                                    String.valueOf(matrix.path().getFileName()));
                            added.put("quantize.imatrix.entries_count", matrix.size());
                            added.put("quantize.imatrix.chunks_count", matrix.chunks());
                        });
        return added;
    }

    private void write(ConversionPlan.Step step, GgufWriter writer) throws InterruptedException {
        try (Arena arena = Arena.ofShared()) {
            TensorReader reader = reader(step.source(), arena);
            if (step.target().isPresent()) {
                convert(step, step.target().get(), reader, writer);
            } else {
                copy(step.source(), reader, writer);
            }
        }
    }

    private TensorReader reader(GgufTensor tensor, Arena arena) throws InterruptedException {
        try {
            return source.reader(tensor, arena);
        } catch (ModelException e) {
            if (e.getCause() instanceof ClosedByInterruptException) {
                // The exception stands for the flag.
                Thread.interrupted();
                throw new InterruptedException("reading was interrupted");
            }
            throw e;
        }
    }

    private void copy(GgufTensor tensor, TensorReader reader, GgufWriter writer)
            throws InterruptedException {
        long atOnce = Math.max(1, COPY_BYTES / tensor.rowBytes());
        for (long row = 0; row < tensor.rows(); row += atOnce) {
            MemorySegment rows = reader.rows(row, Math.min(atOnce, tensor.rows() - row));
            writer.append(rows.asByteBuffer());
            advance(rows.byteSize());
        }
    }

    private void convert(
            ConversionPlan.Step step, TargetType target, TensorReader reader, GgufWriter writer)
            throws InterruptedException {
        TensorRows rows =
                new TensorRows(source, step.source(), target, importance(step.source()), team);
        long done = 0;
        while (done < rows.count()) {
            long next = Math.min(rows.count(), done + rows.perBatch());
            ByteBuffer converted = rows.convert(reader.rows(done, next - done), done);
            writer.append(converted);
            advance((next - done) * (step.source().sizeBytes() / rows.count()));
            done = next;
        }
    }

    /// The importance of a tensor's columns, an empty array when it is not known.
    private float[] importance(GgufTensor tensor) {
        float[] values =
                options.importance().flatMap(matrix -> matrix.of(tensor)).orElse(new float[0]);
        long columns = tensor.dimensions().getFirst();
        long experts = tensor.elements() / columns / TensorRows.perExpert(tensor);
        if (values.length == 0 || values.length == columns * experts) {
            return values;
        }
        if (TensorRole.of(tensor.name()) == TensorRole.EMBEDDING) {
            return new float[0];
        }
        throw source.corrupt(
                "tensor '%s' has %d columns for %d experts, but the importance matrix has %d values for it"
                        .formatted(tensor.name(), columns, experts, values.length));
    }

    private void advance(long bytes) throws InterruptedException {
        doneBytes += bytes;
        progress.advance(doneBytes, plan.sourceBytes());
        if (Thread.interrupted()) {
            throw new InterruptedException("the conversion was interrupted");
        }
    }
}
