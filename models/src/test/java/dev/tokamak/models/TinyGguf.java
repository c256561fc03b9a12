package dev.tokamak.models;

import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.models.gguf.GgufBuilder;
import java.nio.file.Path;
import java.util.SplittableRandom;

/// Small random models as GGUF files that really run: a byte-level vocabulary with ChatML's control tokens and chat
/// template, and seeded weights. `new TinyGguf().seed(7).type(TensorType.Q4_1).write(folder)`. Confined to one thread.
public final class TinyGguf {

    private String architecture = "llama";
    private String name = "tiny";
    private long seed = 1;
    private int layers = 2;
    private int hidden = 64;
    private int heads = 4;
    private int kvHeads = 2;
    private int headDim = 16;
    private int feedForward = 96;
    private int contextTokens = 512;
    private boolean tied;
    private TensorType type = TensorType.F16;
    private TensorType headType = TensorType.F16;

    /// Writes the default llama model (F16, two layers, untied) into the folder and returns the file.
    public static Path llama(Path folder, long seed) {
        return new TinyGguf().seed(seed).write(folder);
    }

    /// Writes the default qwen2 model, which has query, key and value biases.
    public static Path qwen2(Path folder, long seed) {
        return new TinyGguf().architecture("qwen2").seed(seed).write(folder);
    }

    /// `llama` or `qwen2`.
    public TinyGguf architecture(String architecture) {
        this.architecture = architecture;
        return this;
    }

    /// `general.name`, also the name of the file.
    public TinyGguf name(String name) {
        this.name = name;
        return this;
    }

    public TinyGguf seed(long seed) {
        this.seed = seed;
        return this;
    }

    public TinyGguf layers(int layers) {
        this.layers = layers;
        return this;
    }

    /// Sets the type of all matrices, and sizes that its blocks divide: 256 columns and more for K types.
    public TinyGguf type(TensorType type) {
        this.type = type;
        this.headType = type;
        if (type.blockElements() > 32) {
            hidden = type.blockElements();
            headDim = hidden / heads;
            feedForward = 2 * type.blockElements();
        }
        return this;
    }

    /// Sets the type of embedding and output head alone.
    public TinyGguf headType(TensorType headType) {
        this.headType = headType;
        return this;
    }

    public TinyGguf hidden(int hidden, int feedForward) {
        this.hidden = hidden;
        this.feedForward = feedForward;
        return this;
    }

    public TinyGguf heads(int heads, int kvHeads, int headDim) {
        this.heads = heads;
        this.kvHeads = kvHeads;
        this.headDim = headDim;
        return this;
    }

    public TinyGguf contextTokens(int contextTokens) {
        this.contextTokens = contextTokens;
        return this;
    }

    /// Whether the output head is the embedding.
    public TinyGguf tied(boolean tied) {
        this.tied = tied;
        return this;
    }

    public Path write(Path folder) {
        return build().write(folder.resolve(name + ".gguf"));
    }

    /// The file's content, for tests that change something before they write it.
    public GgufBuilder build() {
        GgufBuilder file = new GgufBuilder();
        TinyVocabulary vocabulary = new TinyVocabulary();
        addMetadata(file);
        vocabulary.addTo(file);
        new Tensors(file).addAll(vocabulary.size());
        return file;
    }

    private void addMetadata(GgufBuilder file) {
        file.string("general.architecture", architecture)
                .string("general.name", name)
                .uint32(architecture + ".block_count", layers)
                .uint32(architecture + ".context_length", contextTokens)
                .uint32(architecture + ".embedding_length", hidden)
                .uint32(architecture + ".feed_forward_length", feedForward)
                .uint32(architecture + ".attention.head_count", heads)
                .uint32(architecture + ".attention.head_count_kv", kvHeads)
                .uint32(architecture + ".attention.key_length", headDim)
                .uint32(architecture + ".attention.value_length", headDim)
                .uint32(architecture + ".rope.dimension_count", headDim)
                .float32(architecture + ".rope.freq_base", 10_000)
                .float32(architecture + ".attention.layer_norm_rms_epsilon", 1e-5f);
    }

    private final class Tensors {

        private final GgufBuilder file;
        private final RandomWeights random = new RandomWeights(new SplittableRandom(seed));

        Tensors(GgufBuilder file) {
            this.file = file;
        }

        void addAll(int vocabulary) {
            file.tensor(
                    "token_embd.weight",
                    headType,
                    random.of(headType, (long) hidden * vocabulary, tied ? 0.3 : 1),
                    hidden,
                    vocabulary);
            for (int layer = 0; layer < layers; layer++) {
                addLayer("blk." + layer + ".");
            }
            norm("output_norm.weight");
            if (!tied) {
                matrix("output.weight", headType, hidden, vocabulary);
            }
        }

        private void addLayer(String prefix) {
            norm(prefix + "attn_norm.weight");
            projection(prefix + "attn_q", hidden, heads * headDim);
            projection(prefix + "attn_k", hidden, kvHeads * headDim);
            projection(prefix + "attn_v", hidden, kvHeads * headDim);
            matrix(prefix + "attn_output.weight", type, heads * headDim, hidden);
            norm(prefix + "ffn_norm.weight");
            matrix(prefix + "ffn_gate.weight", type, hidden, feedForward);
            matrix(prefix + "ffn_up.weight", type, hidden, feedForward);
            matrix(prefix + "ffn_down.weight", type, feedForward, hidden);
        }

        private void projection(String prefix, int columns, int rows) {
            matrix(prefix + ".weight", type, columns, rows);
            if (architecture.equals("qwen2")) {
                byte[] bias = random.floats(TensorType.F32, rows, 0, 0.5);
                file.tensor(prefix + ".bias", TensorType.F32, bias, rows);
            }
        }

        private void matrix(String tensor, TensorType matrixType, int columns, int rows) {
            double deviation = 2 / Math.sqrt(columns);
            byte[] weights = random.of(matrixType, (long) columns * rows, deviation);
            file.tensor(tensor, matrixType, weights, columns, rows);
        }

        private void norm(String tensor) {
            byte[] weights = random.floats(TensorType.F32, hidden, 1, 0.1);
            file.tensor(tensor, TensorType.F32, weights, hidden);
        }
    }
}
