package dev.tokamak.models;

import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.kernels.memory.MachineMemory;
import dev.tokamak.kernels.memory.NativeMemory;
import dev.tokamak.models.architecture.DecoderDescription;
import dev.tokamak.models.architecture.DecoderModel;
import dev.tokamak.models.template.ChatTemplate;
import dev.tokamak.models.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/// A model in memory: packed weights, tokenizer, chat template and what identifies it. Thread-safe; closing it frees its
/// weights, so nothing may run it any more.
public final class LoadedModel implements AutoCloseable {

    private final ModelIdentity identity;
    private final DecoderModel decoder;
    private final Tokenizer tokenizer;
    private final Optional<ChatTemplate> chatTemplate;
    private final NativeMemory memory;

    /// A model whose weights lie in this memory, which it owns.
    public LoadedModel(
            ModelIdentity identity,
            DecoderModel decoder,
            Tokenizer tokenizer,
            Optional<ChatTemplate> chatTemplate,
            NativeMemory memory) {
        this.identity = identity;
        this.decoder = decoder;
        this.tokenizer = tokenizer;
        this.chatTemplate = chatTemplate;
        this.memory = memory;
    }

    /// Opens a model as [ModelFiles] does and packs its weights.
    ///
    /// @throws ModelException when the file is missing, corrupt or not supported
    public static LoadedModel load(Path file, LoadOptions options) {
        return load(file, options, _ -> {});
    }

    /// As [#load(Path, LoadOptions)], where something may be refused once the file is described and before its weights are
    /// packed.
    ///
    /// @param admission throws to refuse the model
    public static LoadedModel load(
            Path file, LoadOptions options, Consumer<DecoderDescription> admission) {
        return ModelLoading.load(file, options, admission, MachineMemory::availableBytes);
    }

    public ModelIdentity identity() {
        return identity;
    }

    public DecoderModel decoder() {
        return decoder;
    }

    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /// Empty when the file has none: the model completes text but does not chat.
    public Optional<ChatTemplate> chatTemplate() {
        return chatTemplate;
    }

    @Override
    public void close() {
        memory.close();
    }

    /// What a model is called and which bits it is made of.
    ///
    /// @param name display name, for example `SmolLM2-135M-Instruct`
    /// @param architecture `general.architecture`
    /// @param quantization what float matrices became on load; empty when they are as in the file
    /// @param contentHash lower-case hexadecimal SHA-256 of the model's files
    /// @param weightBytes memory of the packed weights
    /// @param parameters number of weights
    public record ModelIdentity(
            String name,
            String architecture,
            Numerics numerics,
            Optional<String> quantization,
            String contentHash,
            long weightBytes,
            long parameters) {}
}
