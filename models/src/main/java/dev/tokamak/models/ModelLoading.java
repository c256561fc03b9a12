package dev.tokamak.models;

import dev.tokamak.kernels.linear.WeightPacker;
import dev.tokamak.models.LoadedModel.ModelIdentity;
import dev.tokamak.models.architecture.Architectures;
import dev.tokamak.models.architecture.DecoderDescription;
import dev.tokamak.models.architecture.DecoderModel;
import dev.tokamak.models.gguf.GgufFile;
import dev.tokamak.models.tokenizer.Tokenizer;
import dev.tokamak.models.tokenizer.Tokenizers;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.LongConsumer;

/// Makes one GGUF file a [LoadedModel]. Whatever fails, nothing stays allocated or mapped. Confined to one thread.
final class ModelLoading {

    private final GgufFile file;
    private final LoadOptions options;

    private ModelLoading(GgufFile file, LoadOptions options) {
        this.file = file;
        this.options = options;
    }

    static LoadedModel load(Path path, LoadOptions options) {
        try (GgufFile file = GgufFile.open(path)) {
            return new ModelLoading(file, options).load();
        } catch (InternalError e) {
            // The JVM's answer to a page that the file no longer has.
            throw new ModelException(
                    ModelException.Code.CORRUPT_FILE, path + ": changed while it was read", e);
        }
    }

    private LoadedModel load() {
        DecoderDescription description = Architectures.describe(file);
        WeightPacker packer = new WeightPacker(options.numerics(), options.team());
        long weightBytes = description.packedBytes(packer);
        Tokenizer tokenizer = Tokenizers.load(file);
        Arena arena = Arena.ofShared();
        boolean loaded = false;
        try (ContentHash hash = ContentHash.start(file.path())) {
            DecoderModel decoder = description.load(packer, arena, progress(weightBytes));
            ModelIdentity identity =
                    new ModelIdentity(
                            name(),
                            file.metadata().requireString("general.architecture"),
                            options.numerics(),
                            hash.await(),
                            weightBytes,
                            description.parameters());
            options.progress().advance(weightBytes, weightBytes);
            loaded = true;
            return new LoadedModel(identity, decoder, tokenizer, Optional.empty(), arena);
        } catch (OutOfMemoryError e) {
            throw new ModelException(
                    ModelException.Code.OUT_OF_MEMORY,
                    "%s: its weights need %d bytes, which this machine would not give"
                            .formatted(file.path(), weightBytes),
                    e);
        } finally {
            if (!loaded) {
                arena.close();
            }
        }
    }

    private LongConsumer progress(long totalBytes) {
        long[] doneBytes = {0};
        return bytes -> {
            doneBytes[0] += bytes;
            options.progress().advance(doneBytes[0], totalBytes);
        };
    }

    private String name() {
        return file.metadata()
                .string("general.name")
                .filter(name -> !name.isBlank())
                .orElseGet(() -> String.valueOf(file.path().getFileName()));
    }
}
