package dev.tokamak.models.convert;

import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.kernels.quantize.TargetType;
import dev.tokamak.models.ModelException;
import dev.tokamak.models.gguf.GgmlType;
import dev.tokamak.models.gguf.GgufTensor;
import dev.tokamak.models.gguf.ModelFile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Which tensors a conversion writes, as what, and what people should know about it before. Immutable.
///
/// @param notes sentences for people: quality that is lost, rows that do not fit
public record ConversionPlan(List<Step> steps, List<String> notes) {

    /* Steps are in the order of layers and names, as llama.cpp writes them: with the same types the files are the same. */

    public ConversionPlan {
        steps = List.copyOf(steps);
        notes = List.copyOf(notes);
    }

    /// One tensor. Immutable.
    ///
    /// @param target what it is converted to; empty when its bytes are copied
    public record Step(GgufTensor source, GgufTensor written, Optional<TargetType> target) {}

    /// Chooses the type of every tensor.
    ///
    /// @throws ModelException UNSUPPORTED when a tensor cannot be converted as asked
    public static ConversionPlan of(ModelFile source, ConversionOptions options) {
        TypeChoice choice = new TypeChoice(source, options);
        List<Step> steps = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        int requantised = 0;
        List<GgufTensor> ordered =
                source.tensors().stream()
                        .sorted(
                                Comparator.<GgufTensor>comparingInt(
                                                tensor -> TypeChoice.layer(tensor.name()))
                                        .thenComparing(GgufTensor::name))
                        .toList();
        for (GgufTensor tensor : ordered) {
            Step step = step(tensor, choice, notes);
            if (step.target.isPresent()) {
                readable(source, tensor);
                requireImportance(source, step, options);
                requantised += losesTwice(step) ? 1 : 0;
            }
            steps.add(step);
        }
        if (requantised > 0) {
            notes.add(
                    "%d tensors are quantised already and lose quality a second time; convert from F16, BF16 or F32 where possible"
                            .formatted(requantised));
        }
        return new ConversionPlan(steps, notes);
    }

    /// The bytes of all tensors as they are written, without padding.
    public long writtenBytes() {
        return steps.stream().mapToLong(step -> step.written.sizeBytes()).sum();
    }

    /// The bytes of all tensors as they are read.
    public long sourceBytes() {
        return steps.stream().mapToLong(step -> step.source.sizeBytes()).sum();
    }

    private static Step step(GgufTensor tensor, TypeChoice choice, List<String> notes) {
        GgmlType type = KeptTensors.type(tensor);
        if (!KeptTensors.contains(tensor) && isConvertible(tensor.type())) {
            TargetType wished = choice.wished(tensor);
            TargetType fitting = TypeChoice.fitting(wished, tensor);
            if (fitting != wished) {
                notes.add(
                        "%s: rows of %d do not fit %s, written as %s"
                                .formatted(
                                        tensor.name(),
                                        tensor.dimensions().getFirst(),
                                        wished,
                                        fitting));
            }
            type = GgmlType.valueOf(fitting.name());
        }
        if (type == tensor.type()) {
            return new Step(tensor, tensor, Optional.empty());
        }
        long blocks = tensor.elements() / type.blockElements();
        GgufTensor written =
                new GgufTensor(
                        tensor.name(),
                        type,
                        tensor.dimensions(),
                        0,
                        Math.multiplyExact(blocks, type.blockBytes()));
        return new Step(tensor, written, TargetType.of(type.id()));
    }

    private static void requireImportance(ModelFile source, Step step, ConversionOptions options) {
        TensorRole role = TensorRole.of(step.source.name());
        boolean required =
                options.preset() == Preset.Q2_K_S
                        && step.target.equals(Optional.of(TargetType.Q2_K))
                        && role != TensorRole.HEAD
                        && role != TensorRole.EMBEDDING;
        Optional<float[]> known = options.importance().flatMap(matrix -> matrix.of(step.source));
        if (required && known.isEmpty()) {
            throw source.unsupported(
                    "tensor '%s' as Q2_K_S needs an importance matrix"
                            .formatted(step.source.name()));
        }
    }

    /// The type that a tensor's weights are read as.
    static TensorType readable(ModelFile source, GgufTensor tensor) {
        return TensorType.of(tensor.type().id())
                .orElseThrow(
                        () ->
                                source.unsupported(
                                        "tensor '%s' has type %s, which cannot be converted"
                                                .formatted(tensor.name(), tensor.type())));
    }

    private static boolean isConvertible(GgmlType type) {
        return switch (type) {
            case I8, I16, I32, I64, F64 -> false;
            default -> true;
        };
    }

    private static boolean losesTwice(Step step) {
        return step.source.type().blockElements() > 1 && step.written.type().blockElements() > 1;
    }
}
