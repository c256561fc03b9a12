package dev.tokamak.models;

import dev.tokamak.kernels.linear.WeightPacker;
import dev.tokamak.kernels.memory.NativeMemory;
import dev.tokamak.kernels.quantize.TargetType;
import dev.tokamak.kernels.team.BackgroundWork;
import dev.tokamak.models.LoadedModel.ModelIdentity;
import dev.tokamak.models.architecture.Architectures;
import dev.tokamak.models.architecture.DecoderDescription;
import dev.tokamak.models.architecture.DecoderModel;
import dev.tokamak.models.gguf.ModelFile;
import dev.tokamak.models.template.ChatTemplate;
import dev.tokamak.models.template.ChatTemplates;
import dev.tokamak.models.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/// Makes a model on disk a [LoadedModel]. Whatever fails, nothing stays allocated or mapped. Confined to one thread.
final class ModelLoading {

    /// In the JVM's message about a page that a mapped file no longer has.
    private static final String LOST_PAGE = "unsafe memory access";

    private final ModelFile file;
    private final LoadOptions options;
    private final Consumer<DecoderDescription> admission;
    private final LongSupplier availableBytes;

    /// What turns texts into tokens and back.
    private record Texts(Tokenizer tokenizer, Optional<ChatTemplate> chatTemplate) {}

    private ModelLoading(
            ModelFile file,
            LoadOptions options,
            Consumer<DecoderDescription> admission,
            LongSupplier availableBytes) {
        this.file = file;
        this.options = options;
        this.admission = admission;
        this.availableBytes = availableBytes;
    }

    /// Loads a model that this admission does not refuse, on a machine with this much memory available.
    static LoadedModel load(
            Path path,
            LoadOptions options,
            Consumer<DecoderDescription> admission,
            LongSupplier availableBytes) {
        try (ModelFile file = open(path, options)) {
            return new ModelLoading(file, options, admission, availableBytes).load();
        } catch (InternalError e) {
            if (!String.valueOf(e.getMessage()).contains(LOST_PAGE)) {
                throw e;
            }
            throw new ModelException(
                    ModelException.Code.CORRUPT_FILE, path + ": changed while it was read", e);
        }
    }

    /// Opens a model file as these options want it.
    static ModelFile open(Path path, LoadOptions options) {
        ModelFile file = new ComputedOnLoad(ModelFiles.open(path), options.team());
        return options.quantization()
                .<ModelFile>map(type -> new QuantizedOnLoad(file, type, options.team()))
                .orElse(file);
    }

    private LoadedModel load() {
        DecoderDescription description = Architectures.describe(file);
        admission.accept(description);
        WeightPacker packer = new WeightPacker(options.numerics(), options.team());
        long weightBytes = description.packedBytes(packer);
        requireMemory(weightBytes);
        NativeMemory memory = NativeMemory.open();
        boolean loaded = false;
        try (BackgroundWork<Texts> text = BackgroundWork.start("tokamak-tokenizer", this::texts);
                ContentHash hash = ContentHash.start(file.files())) {
            DecoderModel decoder = description.load(packer, memory, progress(weightBytes, text));
            Texts texts = text.await();
            ModelIdentity identity =
                    new ModelIdentity(
                            name(),
                            file.metadata().requireString("general.architecture"),
                            options.numerics(),
                            options.quantization().map(TargetType::name),
                            hash.await(),
                            weightBytes,
                            description.parameters());
            options.progress().advance(weightBytes, weightBytes);
            loaded = true;
            return new LoadedModel(
                    identity, decoder, texts.tokenizer(), texts.chatTemplate(), memory);
        } catch (InterruptedException e) {
            throw interrupted(e);
        } catch (OutOfMemoryError e) {
            ModelException failure = outOfMemory(weightBytes);
            failure.initCause(e);
            throw failure;
        } finally {
            if (!loaded) {
                memory.close();
            }
        }
    }

    private void requireMemory(long weightBytes) {
        if (weightBytes > availableBytes.getAsLong()) {
            throw outOfMemory(weightBytes);
        }
    }

    private ModelException outOfMemory(long weightBytes) {
        String message =
                "%s: its weights need %d bytes of memory, but only %d are available"
                        .formatted(file.path(), weightBytes, availableBytes.getAsLong());
        return new ModelException(ModelException.Code.OUT_OF_MEMORY, message);
    }

    /// Adds up what is packed, and ends the packing when it is in vain or no longer wanted.
    private LongConsumer progress(long totalBytes, BackgroundWork<Texts> text) {
        long[] doneBytes = {0};
        return bytes -> {
            doneBytes[0] += bytes;
            options.progress().advance(doneBytes[0], totalBytes);
            try {
                text.requireNotFailed();
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
        };
    }

    private ModelException interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new ModelException(
                ModelException.Code.INTERNAL,
                file.path() + ": interrupted while it was read",
                cause);
    }

    private Texts texts() {
        ModelTexts texts = ModelTexts.of(file);
        return new Texts(texts.tokenizer(), texts.chatTemplate().map(ChatTemplates::compile));
    }

    private String name() {
        return file.metadata()
                .string("general.name")
                .filter(name -> !name.isBlank())
                .orElseGet(() -> String.valueOf(file.path().getFileName()));
    }
}
