package dev.tokamak.app.command;

import dev.tokamak.app.quality.QualityComparison;
import dev.tokamak.app.quality.QualityReport;
import dev.tokamak.app.terminal.ProgressBar;
import dev.tokamak.app.wiring.StopSignal;
import dev.tokamak.kernels.KernelProvider;
import dev.tokamak.kernels.cpu.CoreCount;
import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.LoadOptions;
import dev.tokamak.models.LoadedModel;
import dev.tokamak.models.store.ModelStore;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `tokamak quality`: what a conversion lost, measured on a text.
@Command(
        name = "quality",
        description = {
            "Compares two models of the same vocabulary on a text: perplexity of each, Kullback-Leibler divergence of their",
            "predictions and how often both hold the same token most likely, with standard errors.",
            "Both models are loaded at once; the text is read in windows, each of which begins anew."
        },
        mixinStandardHelpOptions = true)
final class QualityCommand implements Callable<Integer> {

    private static final int EXIT_INTERRUPTED = 130;
    private static final Duration CLEAN_UP = Duration.ofSeconds(5);

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Parameters(
            index = "0",
            paramLabel = "REFERENCE",
            description =
                    "The model to compare with: a GGUF file, or the name of one in the cache.")
    private String reference = "";

    @Parameters(
            index = "1",
            paramLabel = "OTHER",
            description = "The model that is judged, for example the same, converted.")
    private String other = "";

    @Option(
            names = "--text",
            paramLabel = "FILE",
            required = true,
            description = "UTF-8 text to read; a few thousand words give useful errors.")
    private Path text = Path.of("");

    @Option(
            names = "--context",
            paramLabel = "TOKENS",
            defaultValue = "512",
            description = "Tokens of a window (default: ${DEFAULT-VALUE}).")
    private int context = 512;

    @Option(
            names = "--numerics",
            paramLabel = "exact|float32",
            defaultValue = "exact",
            converter = EngineArguments.NumericsConverter.class,
            description =
                    "exact: as models are served; float32: what the weights alone lose, slow (default: ${DEFAULT-VALUE}).")
    private Numerics numerics = Numerics.EXACT;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Worker threads (default: the physical cores that this process may use).")
    private @Nullable Integer threads;

    @Option(names = "--json", description = "Print JSON instead of a table.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        if (threads != null && threads < 1) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--threads must be 1 or more, found " + threads);
        }
        String words = readText();
        int workers = threads == null ? CoreCount.usable() : threads;
        // The message comes before the process may end.
        try (StopSignal _ = StopSignal.install(CLEAN_UP)) {
            return run(words, workers);
        }
    }

    private int run(String words, int workers) {
        try (WorkerTeam team = WorkerTeam.start(workers)) {
            QualityReport report = compare(words, team);
            System.out.print(json ? report.json() + System.lineSeparator() : report.text());
            return 0;
        } catch (InterruptedException e) {
            System.err.println("tokamak: interrupted");
            return EXIT_INTERRUPTED;
        }
    }

    private QualityReport compare(String words, WorkerTeam team) throws InterruptedException {
        try (LoadedModel first = load(reference, team);
                LoadedModel second = load(other, team);
                var kernels = KernelProvider.select().kernels();
                ProgressBar bar =
                        ProgressBar.onStandardError("comparing", ProgressBar.Unit.TOKENS)) {
            return new QualityComparison(first, second, kernels, team)
                    .run(words, context, bar::advance);
        }
    }

    private LoadedModel load(String name, WorkerTeam team) {
        Path file = ModelStore.ofUser().locate(name);
        try (ProgressBar bar = ProgressBar.onStandardError("loading " + file.getFileName())) {
            return LoadedModel.load(file, new LoadOptions(numerics, team, bar::advance));
        }
    }

    private String readText() throws IOException {
        try {
            return Files.readString(text, StandardCharsets.UTF_8);
        } catch (CharacterCodingException e) {
            throw new IOException(text + " is not UTF-8 text", e);
        } catch (NoSuchFileException e) {
            throw new IOException(text + ": there is no such file", e);
        }
    }
}
