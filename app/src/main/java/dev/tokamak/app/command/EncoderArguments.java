package dev.tokamak.app.command;

import dev.tokamak.app.terminal.ProgressBar;
import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.kernels.quantize.TargetType;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.LoadOptions;
import dev.tokamak.models.architecture.EncoderModel;
import dev.tokamak.models.store.ModelStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/// The options of commands that run a network on texts given one by one.
final class EncoderArguments {

    private static final int MOST_TOKENS = 8192;

    @CommandLine.Spec(CommandLine.Spec.Target.MIXEE)
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Option(
            names = "--model",
            required = true,
            paramLabel = "NAME|FILE",
            description =
                    "A GGUF file, a Hugging Face directory, or the name of a model as 'tokamak pull' takes it.")
    private String model = "";

    @Option(
            names = "--context",
            paramLabel = "TOKENS",
            description =
                    "Longest input (default: what the model was trained for, at most 8192); a longer one is an error.")
    private @Nullable Integer context;

    @Option(
            names = "--file",
            paramLabel = "FILE",
            description = "Reads one text from each line of this file; - for standard input.")
    private @Nullable Path file;

    @Option(
            names = "--quantize",
            paramLabel = "TYPE",
            converter = EngineArguments.QuantizationConverter.class,
            description =
                    "Quantise weights on load that become smaller by it, for example Q8_0: exact products of floats are slow (default: as in the file).")
    private @Nullable TargetType quantization;

    /// What is done with one text.
    interface TextUse {
        void accept(int index, String text);
    }

    /// Finds the model, which is fetched where need be.
    ///
    /// @param given the texts that are arguments
    Path modelFile(List<String> given) {
        if (file != null && !given.isEmpty()) {
            throw badUsage("texts are given both as arguments and with --file");
        }
        if (context != null && context < 1) {
            throw badUsage("--context must be 1 or more, found " + context);
        }
        try (ProgressBar bar = ProgressBar.onStandardError("fetching " + model)) {
            return ModelStore.ofUser()
                    .resolve(model, Startup.listener(bar, LoadOptions.Progress.NONE));
        }
    }

    /// How the model is to be loaded.
    LoadOptions loadOptions(WorkerTeam team, LoadOptions.Progress progress) {
        return new LoadOptions(Numerics.EXACT, Optional.ofNullable(quantization), team, progress);
    }

    /// The longest input in tokens.
    int longest(EncoderModel network) {
        int trained = network.shape().contextTokens();
        return Math.min(context == null ? MOST_TOKENS : context, trained);
    }

    /// Uses the texts given; without any, each line of the file or of standard input.
    void eachText(List<String> given, ProgressBar bar, TextUse use) {
        boolean readsFile = file != null && !file.toString().equals("-");
        if (!given.isEmpty() || readsFile) {
            List<String> texts = readsFile ? lines() : given;
            for (int index = 0; index < texts.size(); index++) {
                use.accept(index, texts.get(index));
                bar.advance(index + 1, texts.size());
            }
            return;
        }
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            int index = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                use.accept(index++, line);
                bar.advance(index, 0);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("standard input cannot be read: " + e, e);
        }
    }

    private List<String> lines() {
        try {
            return Files.readAllLines(Objects.requireNonNull(file));
        } catch (IOException e) {
            throw new UncheckedIOException("'%s' cannot be read: %s".formatted(file, e), e);
        }
    }

    CommandLine.ParameterException badUsage(String message) {
        return new CommandLine.ParameterException(spec.commandLine(), message);
    }
}
