package dev.tokamak.app.command;

import dev.tokamak.app.bench.Bench;
import dev.tokamak.app.bench.Measurement;
import dev.tokamak.app.wiring.RunningModel;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `tokamak bench`: prefill, decode and many users at once, as llama-bench and llama-batched-bench measure them.
@Command(
        name = "bench",
        description = {
            "Measures tokens per second through the whole engine: prefill of one prompt, decode for one user, and decode",
            "for several users at once (their tokens together). Medians of the repetitions, with the extremes."
        },
        mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Mixin private EngineArguments engine = new EngineArguments();

    @Option(
            names = "--prompt-tokens",
            paramLabel = "N",
            defaultValue = "256",
            description = "Tokens of the prompt (default: ${DEFAULT-VALUE}).")
    private int promptTokens = 256;

    @Option(
            names = "--generate-tokens",
            paramLabel = "N",
            defaultValue = "32",
            description = "Tokens to generate (default: ${DEFAULT-VALUE}).")
    private int generateTokens = 32;

    @Option(
            names = "--repetitions",
            paramLabel = "N",
            defaultValue = "5",
            description = "Counted runs after one warm-up (default: ${DEFAULT-VALUE}).")
    private int repetitions = 5;

    @Option(
            names = "--concurrency",
            paramLabel = "N",
            split = ",",
            description = "Users at once, for example 1,4,16; each gets a prompt of its own.")
    private List<Integer> concurrency = List.of();

    @Option(names = "--json", description = "Print an array of measurements instead of a table.")
    private boolean json;

    @Override
    public Integer call() throws InterruptedException {
        require(promptTokens >= 1, "--prompt-tokens must be 1 or more, found " + promptTokens);
        require(
                generateTokens >= 1,
                "--generate-tokens must be 1 or more, found " + generateTokens);
        require(repetitions >= 1, "--repetitions must be 1 or more, found " + repetitions);
        for (int users : concurrency) {
            require(
                    users >= 1 && users <= engine.settings().maxConcurrent(),
                    "--concurrency must be between 1 and --max-concurrent "
                            + engine.settings().maxConcurrent()
                            + ", found "
                            + users);
        }
        try (RunningModel model = Startup.open(engine.settings())) {
            require(
                    promptTokens + generateTokens <= model.budget().contextTokens(),
                    "--prompt-tokens and --generate-tokens make %d tokens, more than the context of %d"
                            .formatted(
                                    promptTokens + generateTokens, model.budget().contextTokens()));
            List<Measurement> measurements =
                    new Bench(
                                    model.engine(),
                                    model.model().tokenizer().vocabularySize(),
                                    repetitions)
                            .run(promptTokens, generateTokens, concurrency);
            if (json) {
                System.out.println(Measurement.json(measurements));
            } else {
                print(measurements);
            }
            return 0;
        }
    }

    private static void print(List<Measurement> measurements) {
        System.out.printf(
                "%-8s %7s %6s %12s %10s %10s%n",
                "KIND", "TOKENS", "USERS", "TOKENS/S", "MINIMUM", "MAXIMUM");
        for (Measurement m : measurements) {
            System.out.printf(
                    Locale.ROOT,
                    "%-8s %7d %6d %12.1f %10.1f %10.1f%n",
                    m.kind().label(),
                    m.tokens(),
                    m.concurrency(),
                    m.tokensPerSecond(),
                    m.minimum(),
                    m.maximum());
        }
    }

    private void require(boolean holds, String message) {
        if (!holds) {
            throw new CommandLine.ParameterException(spec.commandLine(), message);
        }
    }
}
