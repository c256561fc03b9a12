package dev.tokamak.app.command;

import dev.tokamak.app.terminal.ProgressBar;
import dev.tokamak.engine.execute.CpuEncoder;
import dev.tokamak.kernels.KernelProvider;
import dev.tokamak.kernels.Kernels;
import dev.tokamak.kernels.cpu.CoreCount;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.LoadedReranker;
import dev.tokamak.models.tokenizer.TokenPair;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `tokamak rerank`: documents by how well they answer a query.
@Command(
        name = "rerank",
        description = {
            "Scores how well documents answer a query and prints them, the best first: cross-encoders such as BGE Reranker, and Qwen3 Reranker.",
            "Scores are on the model's own scale: any number for cross-encoders, 0 to 1 where the model says yes or no.",
            "Without DOCUMENT and --file each line of standard input is one."
        },
        mixinStandardHelpOptions = true)
final class RerankCommand implements Runnable {

    private static final int SHOWN_CHARACTERS = 100;

    @Mixin private final EncoderArguments arguments = new EncoderArguments();

    @Option(names = "--query", required = true, paramLabel = "TEXT", description = "The query.")
    private String query = "";

    @Option(
            names = "--top",
            paramLabel = "N",
            description = "Prints the best N only (default: all).")
    private int top = Integer.MAX_VALUE;

    @Option(
            names = "--json",
            description = "Prints one line of JSON for each document: index, score and tokens.")
    private boolean json;

    @Parameters(arity = "0..*", paramLabel = "DOCUMENT", description = "The documents.")
    private List<String> documents = List.of();

    /// What is no number comes last.
    private static final Comparator<Ranked> BEST_FIRST =
            Comparator.comparing((Ranked one) -> Float.isNaN(one.score()))
                    .thenComparing(Ranked::score, Comparator.reverseOrder());

    /// A document with its score.
    private record Ranked(int index, float score, int tokens, String shown) {}

    @Override
    public void run() {
        if (top < 1) {
            throw arguments.badUsage("--top must be 1 or more, found " + top);
        }
        Path file = arguments.modelFile(documents);
        List<Ranked> ranked = new ArrayList<>();
        try (WorkerTeam team = WorkerTeam.start(CoreCount.usable());
                Kernels kernels = KernelProvider.select().kernels();
                LoadedReranker reranker = load(file, team);
                CpuEncoder running =
                        CpuEncoder.create(
                                reranker.encoder(),
                                kernels,
                                team,
                                arguments.longest(reranker.encoder()));
                ProgressBar bar = ProgressBar.onStandardError("ranking", ProgressBar.Unit.TEXTS)) {
            if (reranker.answersInWords()) {
                bar.note("no head for scores in this model: it is asked for yes or no");
            }
            arguments.eachText(
                    documents,
                    bar,
                    (index, text) -> ranked.add(rank(index, text, reranker, running)));
        }
        ranked.sort(BEST_FIRST);
        ranked.stream().limit(top).forEach(this::print);
    }

    private LoadedReranker load(Path file, WorkerTeam team) {
        try (ProgressBar bar = ProgressBar.onStandardError("loading " + file.getFileName())) {
            return LoadedReranker.load(file, arguments.loadOptions(team, bar::advance));
        }
    }

    private Ranked rank(int index, String text, LoadedReranker reranker, CpuEncoder running) {
        TokenPair pair = reranker.pair(query, text);
        if (pair.size() == 0 || pair.size() > running.maxTokens()) {
            throw arguments.badUsage(
                    "document %d has %d tokens with the query, expected 1 to %d"
                            .formatted(index, pair.size(), running.maxTokens()));
        }
        return new Ranked(index, running.score(pair), pair.size(), shown(text));
    }

    private static String shown(String text) {
        String line = text.strip().replaceAll("\\s+", " ");
        return line.length() <= SHOWN_CHARACTERS
                ? line
                : line.substring(0, SHOWN_CHARACTERS - 3) + "...";
    }

    private void print(Ranked document) {
        if (json) {
            System.out.printf(
                    Locale.ROOT,
                    "{\"index\":%d,\"score\":%s,\"tokens\":%d}%n",
                    document.index(),
                    Float.isFinite(document.score()) ? Float.toString(document.score()) : "null",
                    document.tokens());
        } else {
            System.out.printf(
                    Locale.ROOT,
                    "%9.4f  %3d  %s%n",
                    document.score(),
                    document.index(),
                    document.shown());
        }
    }
}
