package dev.tokamak.app.command;

import dev.tokamak.app.terminal.Answer;
import dev.tokamak.app.terminal.Chat;
import dev.tokamak.app.wiring.EngineSettings;
import dev.tokamak.app.wiring.RunningModel;
import dev.tokamak.engine.SamplingParams;
import dev.tokamak.models.LoadOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `tokamak run`: one answer, or a conversation at the terminal.
@Command(
        name = "run",
        description = {
            "Answers one prompt on standard output, or without --prompt holds a conversation at the terminal.",
            "A model without a chat template continues the text instead."
        },
        mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {

    @Mixin private EngineArguments engine = new EngineArguments();

    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Option(
            names = "--prompt",
            paramLabel = "TEXT",
            description = "Answer this and exit; '-' reads standard input.")
    private @Nullable String prompt;

    @Option(
            names = "--system",
            paramLabel = "TEXT",
            description = "Instructions that precede the conversation.")
    private @Nullable String system;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            defaultValue = "0.7",
            description =
                    "0 takes the most likely token; higher is more varied (default: ${DEFAULT-VALUE}).")
    private float temperature = 0.7f;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            defaultValue = "0.95",
            description =
                    "Keep the most likely tokens up to this probability (default: ${DEFAULT-VALUE}).")
    private float topP = 0.95f;

    @Option(
            names = "--top-k",
            paramLabel = "K",
            defaultValue = "0",
            description = "Keep the K most likely tokens; 0 keeps all (default: ${DEFAULT-VALUE}).")
    private int topK;

    @Option(
            names = "--min-p",
            paramLabel = "P",
            defaultValue = "0",
            description =
                    "Drop tokens less likely than this share of the most likely (default: ${DEFAULT-VALUE}).")
    private float minP;

    @Option(
            names = "--repetition-penalty",
            paramLabel = "R",
            defaultValue = "1",
            description = "Above 1 makes repeated tokens less likely (default: ${DEFAULT-VALUE}).")
    private float repetitionPenalty = 1;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Equal seeds give equal answers (default: random).")
    private @Nullable Long seed;

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            description = "Most tokens of an answer (default: what the context leaves).")
    private @Nullable Integer maxTokens;

    @Option(
            names = "--stop",
            paramLabel = "TEXT",
            description = "End an answer before this text; may be given several times.")
    private List<String> stop = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        EngineArguments.requirePositive(spec.commandLine(), "--max-tokens", maxTokens);
        SamplingParams sampling =
                new SamplingParams(
                        temperature,
                        topK,
                        topP,
                        minP,
                        new SamplingParams.Penalties(repetitionPenalty, 0, 0),
                        seed == null ? ThreadLocalRandom.current().nextLong(1L << 53) : seed,
                        Map.of());
        EngineSettings engineSettings = engine.settings();
        Startup.Fetched fetched = Startup.fetch(engineSettings, LoadOptions.Progress.NONE);
        try (RunningModel model =
                Startup.load(fetched, engineSettings, LoadOptions.Progress.NONE)) {
            Answer.Settings settings =
                    new Answer.Settings(
                            sampling, maxTokens == null ? Integer.MAX_VALUE : maxTokens, stop);
            if (prompt == null) {
                return new Chat(model, settings, system).run();
            }
            String text =
                    prompt.equals("-")
                            ? new String(
                                    System.in.readAllBytes(),
                                    java.nio.charset.StandardCharsets.UTF_8)
                            : prompt;
            List<Map<String, ?>> messages = new ArrayList<>();
            if (system != null) {
                messages.add(Map.of("role", "system", "content", system));
            }
            messages.add(Map.of("role", "user", "content", text));
            Answer answer = Answer.to(model, settings, messages);
            Runtime.getRuntime()
                    .addShutdownHook(Thread.ofPlatform().name("cancel").unstarted(answer::cancel));
            answer.stream(
                    piece -> {
                        System.out.print(piece);
                        System.out.flush();
                    });
            System.out.println();
            StartCache.makeIfMissing(fetched.file(), model);
            return 0;
        }
    }
}
