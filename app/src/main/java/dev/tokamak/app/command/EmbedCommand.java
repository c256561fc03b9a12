package dev.tokamak.app.command;

import dev.tokamak.app.terminal.ProgressBar;
import dev.tokamak.engine.execute.CpuEncoder;
import dev.tokamak.kernels.KernelProvider;
import dev.tokamak.kernels.Kernels;
import dev.tokamak.kernels.cpu.CoreCount;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.LoadedEncoder;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `tokamak embed`: one vector for each text.
@Command(
        name = "embed",
        description = {
            "Turns texts into vectors of length 1, one line of JSON for each: encoders such as BERT, BGE, Nomic Embed and ModernBERT, or the rows of a decoder.",
            "Without TEXT and --file each line of standard input is one."
        },
        mixinStandardHelpOptions = true)
final class EmbedCommand implements Runnable {

    @Mixin private final EncoderArguments arguments = new EncoderArguments();

    @Parameters(arity = "0..*", paramLabel = "TEXT", description = "The texts.")
    private List<String> texts = List.of();

    @Override
    public void run() {
        Path file = arguments.modelFile(texts);
        try (WorkerTeam team = WorkerTeam.start(CoreCount.usable());
                Kernels kernels = KernelProvider.select().kernels();
                LoadedEncoder encoder = load(file, team);
                CpuEncoder running =
                        CpuEncoder.create(
                                encoder.encoder(),
                                kernels,
                                team,
                                arguments.longest(encoder.encoder()));
                ProgressBar bar = ProgressBar.inLog("embedding", ProgressBar.Unit.TEXTS)) {
            arguments.eachText(texts, bar, (index, text) -> embed(index, text, encoder, running));
        }
    }

    private LoadedEncoder load(Path file, WorkerTeam team) {
        try (ProgressBar bar = ProgressBar.onStandardError("loading " + file.getFileName())) {
            return LoadedEncoder.load(file, arguments.loadOptions(team, bar::advance));
        }
    }

    private void embed(int index, String text, LoadedEncoder encoder, CpuEncoder running) {
        int[] tokens = encoder.tokenizer().encode(text, true, false);
        if (tokens.length == 0 || tokens.length > running.maxTokens()) {
            throw arguments.badUsage(
                    "text %d has %d tokens, expected 1 to %d"
                            .formatted(index, tokens.length, running.maxTokens()));
        }
        StringJoiner numbers = new StringJoiner(",", "[", "]");
        for (float value : running.embedding(tokens)) {
            numbers.add(Float.toString(value));
        }
        System.out.printf(
                Locale.ROOT,
                "{\"index\":%d,\"tokens\":%d,\"embedding\":%s}%n",
                index,
                tokens.length,
                numbers);
    }
}
