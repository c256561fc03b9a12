package dev.tokamak.app.command;

import dev.tokamak.app.terminal.ProgressBar;
import dev.tokamak.engine.execute.CpuEncoder;
import dev.tokamak.kernels.KernelProvider;
import dev.tokamak.kernels.Kernels;
import dev.tokamak.kernels.cpu.CoreCount;
import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.LoadOptions;
import dev.tokamak.models.LoadedEncoder;
import dev.tokamak.models.store.ModelStore;
import dev.tokamak.models.store.StoredModel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.StringJoiner;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `tokamak embed`: one vector for each text.
@Command(
        name = "embed",
        description = {
            "Turns texts into vectors of length 1, one line of JSON for each: encoders such as BERT, BGE, Nomic Embed and ModernBERT, or the rows of a decoder.",
            "Without TEXT each line of standard input is one."
        },
        mixinStandardHelpOptions = true)
final class EmbedCommand implements Runnable {

    private static final int MOST_TOKENS = 8192;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Option(
            names = "--model",
            required = true,
            paramLabel = "NAME|FILE",
            description =
                    "A GGUF file, a Hugging Face directory, or the name of a model in the cache.")
    private String model = "";

    @Option(
            names = "--context",
            paramLabel = "TOKENS",
            description =
                    "Longest text (default: what the model was trained for, at most 8192); a longer one is an error.")
    private int context;

    @Parameters(arity = "0..*", paramLabel = "TEXT", description = "The texts.")
    private List<String> texts = List.of();

    @Override
    public void run() {
        if (context < 0) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--context must be 1 or more, found " + context);
        }
        Path file =
                ModelStore.ofUser()
                        .find(model)
                        .map(StoredModel::target)
                        .orElseGet(() -> Path.of(model));
        try (WorkerTeam team = WorkerTeam.start(CoreCount.usable());
                Kernels kernels = KernelProvider.select().kernels();
                LoadedEncoder encoder = load(file, team)) {
            int trained = encoder.encoder().shape().contextTokens();
            int longest = Math.min(context == 0 ? MOST_TOKENS : context, trained);
            try (CpuEncoder running =
                    CpuEncoder.create(encoder.encoder(), kernels, team, longest)) {
                embedAll(encoder, running);
            }
        }
    }

    private static LoadedEncoder load(Path file, WorkerTeam team) {
        try (ProgressBar bar = ProgressBar.onStandardError("loading " + file.getFileName())) {
            return LoadedEncoder.load(file, new LoadOptions(Numerics.EXACT, team, bar::advance));
        }
    }

    private void embedAll(LoadedEncoder encoder, CpuEncoder running) {
        int index = 0;
        for (String text : texts) {
            embed(index++, text, encoder, running);
        }
        if (!texts.isEmpty()) {
            return;
        }
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                embed(index++, line, encoder, running);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("standard input cannot be read", e);
        }
    }

    private void embed(int index, String text, LoadedEncoder encoder, CpuEncoder running) {
        int[] tokens = encoder.tokenizer().encode(text, true, false);
        if (tokens.length == 0 || tokens.length > running.maxTokens()) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(),
                    "text %d has %d tokens, expected 1 to %d"
                            .formatted(index, tokens.length, running.maxTokens()));
        }
        StringJoiner numbers = new StringJoiner(",", "[", "]");
        for (float value : running.embedding(tokens)) {
            numbers.add(Float.toString(value));
        }
        System.out.printf(
                "{\"index\":%d,\"tokens\":%d,\"embedding\":%s}%n", index, tokens.length, numbers);
    }
}
