package dev.tokamak.models;

import dev.tokamak.kernels.linear.WeightPacker;
import dev.tokamak.kernels.memory.MachineMemory;
import dev.tokamak.kernels.memory.NativeMemory;
import dev.tokamak.models.architecture.Architectures;
import dev.tokamak.models.architecture.EncoderDescription;
import dev.tokamak.models.architecture.EncoderModel;
import dev.tokamak.models.gguf.ModelFile;
import dev.tokamak.models.tokenizer.Tokenizer;
import java.nio.file.Path;

/// A network in memory that turns texts into vectors, and its tokenizer. Thread-safe; closing it frees its weights, so
/// nothing may run it any more.
public final class LoadedEncoder implements AutoCloseable {

    private final EncoderModel encoder;
    private final Tokenizer tokenizer;
    private final NativeMemory memory;

    private LoadedEncoder(EncoderModel encoder, Tokenizer tokenizer, NativeMemory memory) {
        this.encoder = encoder;
        this.tokenizer = tokenizer;
        this.memory = memory;
    }

    /// Opens a model file and packs its weights, those of a head left out.
    ///
    /// @throws ModelException when the file is missing, corrupt or not supported, or memory does not suffice
    public static LoadedEncoder load(Path path, LoadOptions options) {
        try (ModelFile file = ModelLoading.open(path, options)) {
            EncoderDescription description = Architectures.describeEncoder(file);
            return load(file, description, ModelTexts.of(file).tokenizer(), options);
        }
    }

    /// Packs the weights of a network as it was described.
    static LoadedEncoder load(
            ModelFile file,
            EncoderDescription description,
            Tokenizer tokenizer,
            LoadOptions options) {
        WeightPacker packer = new WeightPacker(options.numerics(), options.team());
        long totalBytes = description.packedBytes(packer);
        long available = MachineMemory.availableBytes();
        if (totalBytes > available) {
            throw new ModelException(
                    ModelException.Code.OUT_OF_MEMORY,
                    "%s: its weights need %d bytes of memory, but only %d are available"
                            .formatted(file.path(), totalBytes, available));
        }
        return pack(description, packer, totalBytes, tokenizer, options);
    }

    private static LoadedEncoder pack(
            EncoderDescription description,
            WeightPacker packer,
            long totalBytes,
            Tokenizer tokenizer,
            LoadOptions options) {
        NativeMemory memory = NativeMemory.open();
        boolean loaded = false;
        try {
            long[] doneBytes = {0};
            EncoderModel encoder =
                    description.load(
                            packer,
                            memory,
                            bytes -> {
                                doneBytes[0] += bytes;
                                options.progress().advance(doneBytes[0], totalBytes);
                            });
            options.progress().advance(totalBytes, totalBytes);
            loaded = true;
            return new LoadedEncoder(encoder, tokenizer, memory);
        } finally {
            if (!loaded) {
                memory.close();
            }
        }
    }

    public EncoderModel encoder() {
        return encoder;
    }

    public Tokenizer tokenizer() {
        return tokenizer;
    }

    @Override
    public void close() {
        memory.close();
    }
}
