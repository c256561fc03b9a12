package dev.tokamak.models.architecture;

import dev.tokamak.models.gguf.ModelFile;

/// Reads the sizes of a decoder from the metadata, checked against each other. Confined to one thread.
record ShapeReading(Hyperparameters hyperparameters, TensorDirectory tensors) {

    static final String EMBEDDING = "token_embd.weight";

    DecoderShape shape() {
        int hidden = hyperparameters.count("embedding_length", Hyperparameters.MAXIMUM_WIDTH);
        HeadShape first = heads(0, hidden, false);
        int contextTokens =
                hyperparameters.count("context_length", Hyperparameters.MAXIMUM_CONTEXT_TOKENS);
        return new DecoderShape(
                vocabulary(),
                hidden,
                first.queries(),
                first.keyValues(),
                first.keyDim(),
                contextTokens);
    }

    /// The heads of one layer.
    ///
    /// @param slides whether the layer sees a window; some files have other head sizes for those
    HeadShape heads(int layer, int hidden, boolean slides) {
        int heads =
                hyperparameters.count(
                        "attention.head_count", layer, 1, Hyperparameters.MAXIMUM_HEADS, 0);
        if (heads == 0) {
            hyperparameters.count("attention.head_count", Hyperparameters.MAXIMUM_HEADS);
        }
        int kvHeads = hyperparameters.count("attention.head_count_kv", layer, 1, heads, heads);
        ModelFile file = hyperparameters.file();
        if (heads % kvHeads != 0) {
            throw file.corrupt(
                    "%d query heads are no multiple of %d key and value heads"
                            .formatted(heads, kvHeads));
        }
        int keyDim = headDim("attention.key_length", slides, 0);
        if (keyDim == 0) {
            keyDim = evenHeadDim(hidden, heads);
        }
        int valueDim = headDim("attention.value_length", slides, keyDim);
        return new HeadShape(heads, kvHeads, keyDim, valueDim);
    }

    private int headDim(String name, boolean slides, int absent) {
        int usual = hyperparameters.count(name, Hyperparameters.MAXIMUM_HEAD_DIM, absent);
        return slides
                ? hyperparameters.count(name + "_swa", Hyperparameters.MAXIMUM_HEAD_DIM, usual)
                : usual;
    }

    private int evenHeadDim(int hidden, int heads) {
        if (hidden % heads != 0) {
            throw hyperparameters
                    .file()
                    .corrupt(
                            "an embedding of %d elements cannot be shared by %d heads"
                                    .formatted(hidden, heads));
        }
        return hidden / heads;
    }

    private int vocabulary() {
        long rows = tensors.rows(EMBEDDING);
        ModelFile file = hyperparameters.file();
        long tokens = file.metadata().count("tokenizer.ggml.tokens").orElse(rows);
        if (rows != tokens || rows > Hyperparameters.MAXIMUM_WIDTH) {
            throw file.corrupt(
                    "tensor '%s' has %d rows, expected %d for the vocabulary (at most %d)"
                            .formatted(EMBEDDING, rows, tokens, Hyperparameters.MAXIMUM_WIDTH));
        }
        return (int) rows;
    }
}
