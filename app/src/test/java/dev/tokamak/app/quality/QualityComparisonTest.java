package dev.tokamak.app.quality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tokamak.kernels.KernelProvider;
import dev.tokamak.kernels.Kernels;
import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.LoadOptions;
import dev.tokamak.models.LoadedModel;
import dev.tokamak.models.SharedFolder;
import dev.tokamak.models.TinyGguf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class QualityComparisonTest {

    private static final String TEXT =
            "the rain in the house of the others is as the sun ".repeat(8);

    @TempDir Path folder;

    private static Kernels kernels;
    private static WorkerTeam team;

    @BeforeAll
    static void start() {
        kernels = KernelProvider.select().kernels();
        team = WorkerTeam.start(2);
    }

    @AfterAll
    static void close() {
        kernels.close();
        team.close();
    }

    @Test
    void run_ofAModelWithItself_findsNoDifference() throws Exception {
        List<Long> progress = new ArrayList<>();
        try (LoadedModel model = load(TinyGguf.llama(folder, 1))) {
            QualityReport report =
                    new QualityComparison(model, model, kernels, team)
                            .run(TEXT, 32, (done, _) -> progress.add(done));
            assertThat(report.divergence().mean()).isEqualTo(new Estimate(0, 0));
            assertThat(report.sameTop()).isEqualTo(new Estimate(1, 0));
            assertThat(report.difference()).isEqualTo(new Estimate(0, 0));
            assertThat(report.other()).isEqualTo(report.reference());
            assertThat(report.reference().mean()).isPositive();
            assertThat(progress).isSorted().last().isEqualTo((long) report.tokens());
        }
    }

    @Test
    void run_ofOtherWeights_findsTheDistanceInBothDirections() throws Exception {
        try (LoadedModel first = load(new TinyGguf().name("a").seed(1).write(folder));
                LoadedModel second = load(new TinyGguf().name("b").seed(2).write(folder))) {
            QualityReport there = run(first, second, 64);
            QualityReport back = run(second, first, 64);
            assertThat(there.divergence().mean().mean()).isPositive();
            assertThat(there.divergence().percentiles())
                    .extracting(QualityReport.Percentile::value)
                    .isSorted()
                    .allMatch(value -> value >= 0);
            assertThat(there.sameTop().mean()).isLessThan(1);
            assertThat(back.reference()).isEqualTo(there.other());
            assertThat(back.difference().mean())
                    .isEqualTo(-there.difference().mean(), within(1e-9));
            assertThat(there.difference().mean())
                    .isEqualTo(there.other().mean() - there.reference().mean(), within(1e-9));
        }
    }

    @Test
    void run_inWindows_beginsEachAnew() throws Exception {
        try (LoadedModel model = load(TinyGguf.llama(folder, 3))) {
            int[] tokens = model.tokenizer().encode(TEXT, false, false);
            int[] window = Arrays.copyOf(tokens, 24);
            QualityComparison comparison = new QualityComparison(model, model, kernels, team);
            QualityReport once = comparison.run(new TextWindows(List.of(window)), 24, (_, _) -> {});
            QualityReport twice =
                    comparison.run(new TextWindows(List.of(window, window)), 24, (_, _) -> {});
            assertThat(twice.reference().mean()).isEqualTo(once.reference().mean(), within(1e-12));
            assertThat(twice.tokens()).isEqualTo(2 * once.tokens());
        }
    }

    @Test
    void run_ofImpossibleRequests_saysWhy() throws Exception {
        try (LoadedModel model = load(TinyGguf.llama(folder, 1))) {
            assertThatThrownBy(() -> run(model, model, 513)).hasMessageContaining("2 to 512");
            assertThatThrownBy(() -> run(model, model, 1)).hasMessageContaining("2 to 512");
            QualityComparison comparison = new QualityComparison(model, model, kernels, team);
            assertThatThrownBy(() -> comparison.run("a", 32, (_, _) -> {}))
                    .hasMessageContaining("no token to predict");
        }
    }

    @Test
    void run_ofARealModel_findsThePerplexityOfTheReference() throws Exception {
        Path file = SharedFolder.require("models/SmolLM2-135M-Instruct.Q4_1.gguf");
        String golden = Files.readString(SharedFolder.require("golden/smollm2/perplexity.json"));
        int count = 257;
        int[] tokens = numbers(golden, "\"tokens\"", count).mapToInt(Integer::parseInt).toArray();
        int from = golden.indexOf("\"llama_cpp_f32\"", golden.indexOf("\"nll\""));
        double expected =
                numbers(golden.substring(from), "", count - 1)
                        .mapToDouble(Double::parseDouble)
                        .average()
                        .orElseThrow();
        try (LoadedModel model = load(file)) {
            QualityReport report =
                    new QualityComparison(model, model, kernels, team)
                            .run(new TextWindows(List.of(tokens)), count, (_, _) -> {});
            assertThat(report.tokens()).isEqualTo(count - 1);
            // Exact numerics quantise activations; the reference does not.
            assertThat(report.reference().mean()).isEqualTo(expected, within(0.03));
        }
    }

    private static Stream<String> numbers(String json, String key, int count) throws IOException {
        int start = json.indexOf('[', json.indexOf(key));
        if (start < 0) {
            throw new IOException("no array " + key);
        }
        return Pattern.compile("-?[0-9][-+.0-9eE]*")
                .matcher(json.substring(start))
                .results()
                .map(MatchResult::group)
                .limit(count);
    }

    private static QualityReport run(LoadedModel first, LoadedModel second, int context)
            throws InterruptedException {
        return new QualityComparison(first, second, kernels, team).run(TEXT, context, (_, _) -> {});
    }

    private static LoadedModel load(Path file) {
        return LoadedModel.load(
                file, new LoadOptions(Numerics.EXACT, team, LoadOptions.Progress.NONE));
    }
}
