package dev.tokamak.app.command;

import dev.tokamak.app.terminal.ProgressBar;
import dev.tokamak.app.wiring.ByteSize;
import dev.tokamak.app.wiring.StopSignal;
import dev.tokamak.kernels.cpu.CoreCount;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.ModelFiles;
import dev.tokamak.models.convert.Conversion;
import dev.tokamak.models.convert.ConversionOptions;
import dev.tokamak.models.convert.ConversionPlan;
import dev.tokamak.models.convert.ImportanceMatrix;
import dev.tokamak.models.convert.Preset;
import dev.tokamak.models.convert.TensorOverride;
import dev.tokamak.models.gguf.ModelFile;
import dev.tokamak.models.store.ModelStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/// `tokamak convert`: a model as a GGUF file of other tensor types.
@Command(
        name = "convert",
        description = {
            "Writes a model as a GGUF file, quantised as --type says. The types of single tensors and the bytes of each are",
            "those of llama.cpp. Needs little memory however large the model is; the file appears when it is complete."
        },
        mixinStandardHelpOptions = true)
final class ConvertCommand implements Callable<Integer> {

    private static final int EXIT_INTERRUPTED = 130;
    private static final Duration CLEAN_UP = Duration.ofSeconds(5);

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Parameters(
            paramLabel = "SOURCE",
            description =
                    "A GGUF file, a Hugging Face directory, or the name of a model in the cache.")
    private String source = "";

    @Option(
            names = "--to",
            paramLabel = "FILE",
            required = true,
            description = "The GGUF file to write.")
    private Path target = Path.of("");

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            required = true,
            converter = PresetConverter.class,
            description =
                    "F32, F16, BF16, Q8_0, Q6_K, Q5_K_M, Q5_K_S, Q5_1, Q5_0, Q4_K_M (or Q4_K), Q4_K_S, Q4_1, Q4_0, IQ4_NL, IQ4_XS, Q3_K_L, Q3_K_M, Q3_K_S, Q2_K, Q2_K_S or MXFP4_MOE.")
    private Preset preset = Preset.Q4_K_M;

    @Option(
            names = "--tensor-type",
            paramLabel = "PATTERN=TYPE",
            converter = OverrideConverter.class,
            description =
                    "Write tensors whose names hold this regular expression as this type, for example ffn_down=Q6_K; may be given several times, the first that applies decides.")
    private List<TensorOverride> overrides = List.of();

    @Option(
            names = "--importance",
            paramLabel = "FILE",
            description =
                    "An importance matrix of llama.cpp, which tells the weights that matter from those that do not.")
    private @Nullable Path importance;

    @Option(names = "--force", description = "Replace the target if it exists.")
    private boolean force;

    @Option(
            names = "--dry-run",
            description = "Show the type of each tensor and the size, and write nothing.")
    private boolean dryRun;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Worker threads (default: the physical cores that this process may use).")
    private @Nullable Integer threads;

    @Override
    public Integer call() {
        if (threads != null && threads < 1) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--threads must be 1 or more, found " + threads);
        }
        ConversionOptions options =
                new ConversionOptions(
                        preset,
                        overrides,
                        Optional.ofNullable(importance).map(ImportanceMatrix::read),
                        force);
        // The message comes before the process may end.
        try (StopSignal _ = StopSignal.install(CLEAN_UP)) {
            return run(options);
        }
    }

    private int run(ConversionOptions options) {
        try (ModelFile model = ModelFiles.openWithVocabulary(path())) {
            ConversionPlan plan = ConversionPlan.of(model, options);
            plan.notes().forEach(note -> System.err.println("note: " + note));
            if (dryRun) {
                show(plan);
                return 0;
            }
            convert(model, plan, options);
            System.out.printf(
                    "%s  %s, was %s%n",
                    target, new ByteSize(Files.size(target)), new ByteSize(model.sizeBytes()));
            return 0;
        } catch (InterruptedException e) {
            System.err.println("tokamak: interrupted, nothing was written");
            return EXIT_INTERRUPTED;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void convert(ModelFile model, ConversionPlan plan, ConversionOptions options)
            throws InterruptedException {
        int workers = threads == null ? CoreCount.usable() : threads;
        try (WorkerTeam team = WorkerTeam.start(workers);
                ProgressBar bar = ProgressBar.onStandardError("converting to " + preset)) {
            new Conversion(model, plan, options, team, bar::advance).writeTo(target);
        }
    }

    private static void show(ConversionPlan plan) {
        for (ConversionPlan.Step step : plan.steps()) {
            System.out.printf(
                    "%-36s %-20s %-8s -> %-8s %12s%n",
                    step.source().name(),
                    step.source().shape(),
                    step.source().type(),
                    step.written().type(),
                    new ByteSize(step.written().sizeBytes()));
        }
        System.out.printf(
                "tensors: %s, were %s%n",
                new ByteSize(plan.writtenBytes()), new ByteSize(plan.sourceBytes()));
    }

    private Path path() {
        return ModelStore.ofUser().locate(source);
    }

    /// Reads the name of a preset.
    static final class PresetConverter implements ITypeConverter<Preset> {
        @Override
        public Preset convert(String value) {
            return Preset.of(value)
                    .orElseThrow(
                            () ->
                                    new TypeConversionException(
                                            "'%s' is not one of %s"
                                                    .formatted(value, Preset.names())));
        }
    }

    /// Reads `PATTERN=TYPE`.
    static final class OverrideConverter implements ITypeConverter<TensorOverride> {
        @Override
        public TensorOverride convert(String value) {
            try {
                return TensorOverride.parse(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
