package dev.tokamak.models.huggingface;

import dev.tokamak.models.ModelException;
import dev.tokamak.models.gguf.GgmlType;
import dev.tokamak.models.gguf.GgufTensor;
import dev.tokamak.models.gguf.Metadata;
import dev.tokamak.models.gguf.MetadataMap;
import dev.tokamak.models.gguf.ModelFile;
import dev.tokamak.models.gguf.TensorReader;
import dev.tokamak.models.tokenizer.huggingface.HuggingFaceVocabulary;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// A Hugging Face directory as a model file: its configuration under GGUF's keys and its tensors under GGUF's names, those
/// that differ from GGUF's computed when they are mapped. Thread-safe; after closing it no tensor can be mapped.
public final class HuggingFaceDirectory implements ModelFile {

    private static final List<String> BESIDE_WEIGHTS =
            List.of(
                    "config.json",
                    "generation_config.json",
                    "tokenizer.json",
                    "tokenizer_config.json",
                    "special_tokens_map.json",
                    "chat_template.jinja",
                    "chat_template.json",
                    "model.safetensors.index.json",
                    SentenceModules.FILE,
                    "1_Pooling/config.json");

    private static final String EMBEDDING = "token_embd.weight";
    private static final String TOKENS = "tokenizer.ggml.tokens";
    private static final String TOKEN_TYPES = "tokenizer.ggml.token_type";
    private static final String SCORES = "tokenizer.ggml.scores";

    /// The type of a token that no text becomes.
    private static final int UNUSED = 5;

    private final Path folder;
    private final WeightFolder weights;
    private final MetadataMap metadata;
    private final Map<String, SourceTensor> sources;
    private final List<GgufTensor> tensors;
    private final String format;

    private HuggingFaceDirectory(
            Path folder,
            WeightFolder weights,
            MetadataMap metadata,
            Map<String, SourceTensor> sources,
            Optional<String> quantisation) {
        this.folder = folder;
        this.format = quantisation.map("safetensors quantised as "::concat).orElse("safetensors");
        this.weights = weights;
        this.metadata = metadata;
        this.sources = Map.copyOf(sources);
        List<GgufTensor> all = new ArrayList<>();
        sources.forEach((name, tensor) -> all.add(tensor(name, tensor)));
        this.tensors = List.copyOf(all);
    }

    /// Opens the weights of a directory and checks that everything in it is known.
    ///
    /// @throws ModelException NOT_FOUND, NOT_A_FILE, CORRUPT_FILE or UNSUPPORTED
    public static HuggingFaceDirectory open(Path folder) {
        ModelConfig config = config(folder);
        MetadataMap metadata = new MetadataMap(folder);
        ConversionOutline outline = outline(folder, config, metadata);
        WeightFolder weights = WeightFolder.open(folder);
        boolean opened = false;
        try {
            Faults faults = new Faults(folder);
            Map<String, SourceTensor> sources =
                    TensorPlan.of(
                            outline, Quantisation.join(config, weights.tensors(), faults), faults);
            HuggingFaceDirectory directory =
                    new HuggingFaceDirectory(
                            folder, weights, metadata, sources, Quantisation.method(config));
            opened = true;
            return directory;
        } finally {
            if (!opened) {
                weights.close();
            }
        }
    }

    /// Checks what a directory says of its weights, which need not be there yet: whoever fetches one asks before the large files.
    ///
    /// @throws ModelException NOT_FOUND, CORRUPT_FILE or UNSUPPORTED
    public static void requireKnown(Path folder) {
        ModelConfig config = config(folder);
        outline(folder, config, new MetadataMap(folder));
        Quantisation.join(config, Map.of(), new Faults(folder));
    }

    /// The directory's configuration with what its class takes for values that are left out.
    private static ModelConfig config(Path folder) {
        ModelConfig said = ModelConfig.read(folder);
        return said.withAbsent(ClassDefaults.of(said.strings("architectures")));
    }

    private static ConversionOutline outline(
            Path folder, ModelConfig config, MetadataMap metadata) {
        HubFamily family = family(config);
        ConversionOutline outline =
                family.outline()
                        .apply(new ConversionOutline(config, family.architecture(), metadata));
        ConfigMapping.map(outline);
        SentenceModules.map(outline, folder);
        return outline;
    }

    private static HubFamily family(ModelConfig config) {
        List<String> classes = config.strings("architectures");
        Optional<HubFamily> family = HubFamilies.of(classes);
        HubFamilies.refusal(classes)
                .ifPresent(
                        reason -> {
                            throw config.faults()
                                    .unsupported(
                                            "architecture %s is not supported: %s"
                                                    .formatted(Faults.shown(classes), reason));
                        });
        return family.orElseThrow(
                () ->
                        config.faults()
                                .unsupported(
                                        "architecture %s is not supported; supported: %s"
                                                .formatted(
                                                        Faults.shown(classes),
                                                        String.join(", ", HubFamilies.classes()))));
    }

    private GgufTensor tensor(String name, SourceTensor tensor) {
        GgmlType type = tensor.type();
        List<Long> shape = tensor.shape();
        boolean empty = shape.isEmpty() || shape.contains(0L);
        if (empty || tensor.columns() % type.blockElements() != 0) {
            throw corrupt(
                    "tensor '%s' has shape %s, which is not possible for type %s"
                            .formatted(tensor.name(), shape, type));
        }
        try {
            return new GgufTensor(name, type, shape.reversed(), 0, tensor.sizeBytes());
        } catch (ArithmeticException e) {
            throw corrupt("tensor '%s' has shape %s, which is too large".formatted(name, shape));
        }
    }

    /// Adds the vocabulary to the metadata, filled up to the rows of the embedding, for files that are to be written.
    ///
    /// @throws ModelException NOT_FOUND, CORRUPT_FILE, or UNSUPPORTED when GGUF cannot say what the tokenizer does
    public HuggingFaceDirectory withVocabulary() {
        HuggingFaceVocabulary.addTo(metadata, folder);
        List<String> tokens = new ArrayList<>(metadata.strings(TOKENS));
        int[] types = metadata.integers(TOKEN_TYPES);
        float[] scores = metadata.floats(SCORES);
        int rows = Math.toIntExact(tensor(EMBEDDING).orElseThrow().dimensions().get(1));
        int known = tokens.size();
        for (int id = known; id < rows; id++) {
            tokens.add("[PAD" + id + "]");
        }
        metadata.put(TOKENS, tokens);
        int[] allTypes = Arrays.copyOf(types, tokens.size());
        Arrays.fill(allTypes, Math.min(types.length, allTypes.length), allTypes.length, UNUSED);
        metadata.put(TOKEN_TYPES, allTypes);
        if (scores.length > 0) {
            metadata.put(SCORES, Arrays.copyOf(scores, tokens.size()));
        }
        return this;
    }

    @Override
    public Path path() {
        return folder;
    }

    @Override
    public long sizeBytes() {
        return weights.sizeBytes();
    }

    @Override
    public String format() {
        return format;
    }

    @Override
    public List<Path> files() {
        return Stream.concat(
                        BESIDE_WEIGHTS.stream().map(folder::resolve).filter(Files::isRegularFile),
                        weights.paths().stream())
                .toList();
    }

    @Override
    public Metadata metadata() {
        return metadata;
    }

    @Override
    public List<GgufTensor> tensors() {
        return tensors;
    }

    @Override
    public MemorySegment map(GgufTensor tensor, Arena owner) {
        return source(tensor).map(owner);
    }

    @Override
    public boolean isComputed(GgufTensor tensor) {
        return !(source(tensor) instanceof StoredTensor);
    }

    @Override
    public TensorReader reader(GgufTensor tensor, Arena owner) {
        return isComputed(tensor)
                ? new ComputedRows(tensor, source(tensor).open(owner))
                : ModelFile.super.reader(tensor, owner);
    }

    private SourceTensor source(GgufTensor tensor) {
        SourceTensor source = sources.get(tensor.name());
        if (source == null) {
            throw corrupt("tensor '" + tensor.name() + "' is missing");
        }
        return source;
    }

    /// Computes rows into a buffer as large as the most that were asked for at once. Confined to one thread.
    private static final class ComputedRows implements TensorReader {

        private final long rowBytes;
        private final long columns;
        private final ElementReader reader;
        private byte[] buffer = {};

        ComputedRows(GgufTensor tensor, ElementReader reader) {
            this.rowBytes = tensor.rowBytes();
            this.columns = tensor.dimensions().getFirst();
            this.reader = reader;
        }

        @Override
        public MemorySegment rows(long first, long count) {
            int bytes = Math.toIntExact(count * rowBytes);
            if (bytes > buffer.length) {
                buffer = new byte[bytes];
            }
            MemorySegment rows = MemorySegment.ofArray(buffer).asSlice(0, bytes);
            reader.read(first * columns, count * columns, rows, 0);
            return rows;
        }
    }

    @Override
    public void close() {
        weights.close();
    }
}
