package dev.tokamak.models.architecture;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.gguf.ModelFile;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The families of networks that can be run.
public final class Architectures {

    private static final String ARCHITECTURE_KEY = "general.architecture";
    private static final List<Family> FAMILIES =
            Stream.of(
                            Llama.FAMILIES,
                            Qwen.FAMILIES,
                            Gemma.FAMILIES,
                            Phi.FAMILIES,
                            Olmo.FAMILIES,
                            Cohere.FAMILIES,
                            Glm.FAMILIES,
                            StarCoder.FAMILIES,
                            DeepSeek.FAMILIES,
                            GptOss.FAMILIES,
                            Gpt.FAMILIES,
                            Mixtures.FAMILIES)
                    .flatMap(List::stream)
                    .toList();

    private static final List<Family> ENCODERS = Bert.FAMILIES;

    private Architectures() {}

    /// The values of `general.architecture` that are supported.
    public static List<String> supported() {
        return FAMILIES.stream().map(Family::name).toList();
    }

    /// Describes the network in a file, having checked that every tensor is there, has the right shape and a type that
    /// can be computed with, and that the file asks for nothing that would be computed wrongly.
    ///
    /// @throws ModelException CORRUPT_FILE or UNSUPPORTED
    public static DecoderDescription describe(ModelFile file) {
        String name = file.metadata().requireString(ARCHITECTURE_KEY);
        if (isReranker(file)) {
            throw file.unsupported(
                    "is a reranker: it gives scores of pairs of texts ('tokamak rerank'), not texts");
        }
        if (find(ENCODERS, name).isPresent()) {
            throw file.unsupported(
                    "architecture '%s' is an encoder: it gives vectors ('tokamak embed'), not texts"
                            .formatted(name));
        }
        Family family = find(FAMILIES, name).orElseThrow(() -> unknown(file, name));
        requireWholeFile(file);
        TensorDirectory tensors = new TensorDirectory(file);
        DecoderDescription description = family.describe(new Hyperparameters(file, name), tensors);
        tensors.requireAllUsed(name);
        return description;
    }

    /// Whether the network in a file gives vectors or scores, and no texts.
    public static boolean isEncoder(ModelFile file) {
        String name = file.metadata().string(ARCHITECTURE_KEY).orElse("");
        return find(ENCODERS, name).isPresent() || isReranker(file);
    }

    /// Whether a file has a head that makes scores of pairs of texts.
    public static boolean isReranker(ModelFile file) {
        return file.tensor(RankReading.WEIGHTS).isPresent();
    }

    /// Describes the network in a file without its head: an encoder, or a decoder whose rows are wanted; checked in the same
    /// way.
    ///
    /// @throws ModelException CORRUPT_FILE or UNSUPPORTED
    public static EncoderDescription describeEncoder(ModelFile file) {
        return describeEncoder(file, EncoderReading::ofVectors);
    }

    /// Describes the network in a file with the head that makes scores of pairs of texts, checked in the same way.
    ///
    /// @throws ModelException CORRUPT_FILE, or UNSUPPORTED also when it has no such head
    public static EncoderDescription describeReranker(ModelFile file) {
        return describeEncoder(file, EncoderReading::ofScores);
    }

    /// Describes a decoder that says yes or no to pairs of texts, checked in the same way.
    ///
    /// @param yes the token whose share of the two is the score
    /// @throws ModelException CORRUPT_FILE or UNSUPPORTED
    public static EncoderDescription describeReranker(ModelFile file, int yes, int no) {
        return describeEncoder(file, reading -> reading.ofAnswers(yes, no));
    }

    private static EncoderDescription describeEncoder(
            ModelFile file, Function<EncoderReading, EncoderDescription> reading) {
        String name = file.metadata().requireString(ARCHITECTURE_KEY);
        Family family =
                find(ENCODERS, name)
                        .or(() -> find(FAMILIES, name))
                        .orElseThrow(() -> unknown(file, name));
        requireWholeFile(file);
        TensorDirectory tensors = new TensorDirectory(file);
        EncoderDescription description =
                reading.apply(family.encoder(new Hyperparameters(file, name), tensors));
        tensors.requireAllUsed(name);
        return description;
    }

    private static Optional<Family> find(List<Family> families, String name) {
        return families.stream().filter(candidate -> candidate.name().equals(name)).findFirst();
    }

    private static ModelException unknown(ModelFile file, String name) {
        Optional<String> reason = Refusals.reason(name);
        if (reason.isPresent()) {
            return file.unsupported(
                    "architecture '%s' is not supported: %s".formatted(name, reason.get()));
        }
        String supported =
                Stream.concat(supported().stream(), ENCODERS.stream().map(Family::name))
                        .collect(Collectors.joining(", "));
        return file.unsupported(
                "architecture '%s' is not supported; supported: %s".formatted(name, supported));
    }

    private static void requireWholeFile(ModelFile file) {
        long parts = file.metadata().integer("split.count").orElse(1);
        if (parts > file.files().size()) {
            throw file.unsupported(
                    "one of %d parts of a split model, without the others".formatted(parts));
        }
    }
}
