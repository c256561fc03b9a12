package dev.tokamak.engine.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.kernels.KernelProvider;
import dev.tokamak.kernels.cpu.Tier;
import java.net.URL;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Windows, chunks, gates, experts, sinks, latent attention and signals of tokens keep the numerics contract: the same bits whatever else is in the batch, however a
/// prompt is cut, on every tier and with any number of workers.
class ArchitectureInvarianceTest {

    private static final int TOKENS = 64;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gemma3",
                "deepseek3",
                "gpt-oss",
                "gemma4-e2b",
                "gemma4-a4b",
                "llama4",
                "afmoe"
            })
    void logits_inOtherBatchesTiersAndTeams_areTheSameBits(String name) throws Exception {
        float[][] whole = logits(name, KernelProvider.available().getFirst(), 2, TOKENS, 0);

        assertThat(logits(name, KernelProvider.available().getFirst(), 1, 1, 2))
                .isDeepEqualTo(whole);
        assertThat(logits(name, Tier.VECTOR_API, 2, 13, 3)).isDeepEqualTo(whole);
    }

    /// @param chunk tokens of the prompt in each batch
    /// @param neighbours tokens of another sequence in front of them
    private static float[][] logits(String name, Tier tier, int workers, int chunk, int neighbours)
            throws Exception {
        float[][] rows = new float[TOKENS][];
        RunningModel.Setting setting = RunningModel.Setting.exact().tier(tier).workers(workers);
        try (RunningModel model = new RunningModel(modelFile(name), setting)) {
            int known = model.decoder().shape().vocabulary() - 3;
            int[] tokens = IntStream.range(0, TOKENS).map(i -> 3 + (i * 37 + 11) % known).toArray();
            int other = 0;
            for (int start = 0; start < TOKENS; start += chunk) {
                int end = Math.min(TOKENS, start + chunk);
                Batch batch = model.batch();
                if (neighbours > 0) {
                    batch.addRun(other, RunningModel.pages(32, 256));
                }
                for (int i = 0; i < neighbours; i++) {
                    batch.addToken((other + i) * 13 % known, false);
                }
                other += neighbours;
                batch.addRun(start, RunningModel.pages(3, TOKENS));
                for (int position = start; position < end; position++) {
                    batch.addToken(tokens[position], true);
                }
                model.backend().execute(batch);
                for (int position = start; position < end; position++) {
                    rows[position] = RunningModel.floats(model.row(position - start));
                }
            }
        }
        return rows;
    }

    private static Path modelFile(String name) throws Exception {
        String path = "/golden/architectures/" + name + "/model.gguf";
        URL golden = ArchitectureInvarianceTest.class.getResource(path);
        return golden == null ? FamilyTest.file(name) : Path.of(golden.toURI());
    }
}
