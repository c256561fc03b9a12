package dev.tokamak.models;

import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.gguf.GgufFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whatever happens to the bytes of a file, loading it gives a model or a [ModelException].
final class LoadedModelMutationTest {

    private static final int MUTATIONS = 250;

    @TempDir Path folder;

    @Test
    void load_ofMutatedFile_givesModelOrModelException() throws Exception {
        long seed = System.nanoTime();
        System.out.println("LoadedModelMutationTest seed " + seed);
        RandomGenerator random = new SplittableRandom(seed);
        byte[] original = new TinyGguf().architecture("qwen2").layers(1).build().toBytes();
        Path file = Files.write(folder.resolve("mutated.gguf"), original);
        int headerBytes = headerBytes(file);
        try (WorkerTeam team = WorkerTeam.start(1)) {
            LoadOptions options = new LoadOptions(Numerics.EXACT, team, LoadOptions.Progress.NONE);
            for (int i = 0; i < MUTATIONS; i++) {
                byte[] bytes = original.clone();
                bytes[random.nextInt(headerBytes)] ^= (byte) (1 << random.nextInt(8));
                Files.write(file, bytes);
                loadQuietly(file, options);
            }
        }
    }

    private static void loadQuietly(Path file, LoadOptions options) {
        try (LoadedModel model = LoadedModel.load(file, options)) {
            model.tokenizer().encode("the rain in Spain", true, true);
        } catch (ModelException e) {
            // The file is refused, which is one of the two good outcomes.
        }
    }

    private static int headerBytes(Path file) {
        try (GgufFile gguf = GgufFile.open(file)) {
            return (int) gguf.tensors().getFirst().offsetBytes();
        }
    }
}
