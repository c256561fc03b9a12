package dev.tokamak.engine.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.models.TinyGguf;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OperationProfileTest {

    @TempDir private Path folder;

    @Test
    void stopProfile_whenBatchesRan_countsEachOperation() {
        Path file = new TinyGguf().type(TensorType.Q8_0).write(folder);
        try (RunningModel model = new RunningModel(file, RunningModel.Setting.exact())) {
            decode(model, 0);
            assertThat(model.backend().stopProfile()).isEmpty();
            model.backend().startProfile();
            decode(model, 1);
            decode(model, 2);
            List<OperationProfile> profile = model.backend().stopProfile();
            decode(model, 3);
            int layers = model.decoder().layers().size();
            assertThat(profile)
                    .extracting(OperationProfile::name)
                    .containsExactly(
                            "embedding",
                            "q/k/v",
                            "attention",
                            "attention output",
                            "gate/up",
                            "down",
                            "head");
            assertThat(profile)
                    .extracting(OperationProfile::calls)
                    .containsExactly(
                            2L,
                            2L * layers,
                            2L * layers,
                            2L * layers,
                            2L * layers,
                            2L * layers,
                            2L);
            assertThat(profile).allMatch(operation -> operation.nanos() > 0);
            OperationProfile head = profile.getLast();
            assertThat(head.bytes())
                    .isEqualTo(2 * model.decoder().head().projection().weights().sizeBytes());
            assertThat(head.multiplyAdds())
                    .isEqualTo(2 * model.decoder().head().projection().weights().multiplyAdds());
            int heads = model.decoder().shape().heads();
            int headDim = model.decoder().shape().headDim();
            // Position 1 sees two keys, position 2 sees three.
            assertThat(profile.get(2).multiplyAdds()).isEqualTo(5L * layers * heads * 2 * headDim);
            assertThat(model.backend().stopProfile()).isEmpty();
        }
    }

    private static void decode(RunningModel model, int position) {
        Batch batch = model.batch();
        batch.addRun(position, new int[] {0});
        batch.addToken(1, true);
        model.backend().execute(batch);
    }
}
