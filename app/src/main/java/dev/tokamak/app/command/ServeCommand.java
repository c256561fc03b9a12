package dev.tokamak.app.command;

import dev.tokamak.app.wiring.EngineSettings;
import dev.tokamak.app.wiring.RunningModel;
import dev.tokamak.app.wiring.StopSignal;
import dev.tokamak.server.ServerOptions;
import dev.tokamak.server.TokamakServer;
import dev.tokamak.server.model.ModelRegistry;
import dev.tokamak.server.model.ServedModel;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `tokamak serve`: the service. It listens at once, answers `/health` with 503 while the model loads, and stops on
/// SIGTERM or Ctrl-C after answers have finished or the limit has passed.
@Command(
        name = "serve",
        description =
                "Serves a model through the OpenAI API at /v1, with a chat page at / and metrics at /metrics.",
        mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {

    private static final Duration CLOSING_TIME = Duration.ofSeconds(5);

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Mixin private EngineArguments engine = new EngineArguments();

    @Option(
            names = "--host",
            paramLabel = "HOST",
            defaultValue = "127.0.0.1",
            description =
                    "Address to listen on; 0.0.0.0 for every network (default: ${DEFAULT-VALUE}).")
    private String host = "127.0.0.1";

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "8080",
            description = "Port to listen on; 0 takes a free one (default: ${DEFAULT-VALUE}).")
    private int port = 8080;

    @Option(
            names = "--api-key",
            paramLabel = "KEY",
            defaultValue = "${env:TOKAMAK_API_KEY}",
            description =
                    "Refuse requests without this key; may be given several times (default: $TOKAMAK_API_KEY, else open).")
    private List<String> apiKeys = new ArrayList<>();

    @Option(
            names = "--allow-origin",
            paramLabel = "ORIGIN",
            description =
                    "Let web pages of this origin call the API, for example https://chat.example.org; may be given several times.")
    private List<String> origins = new ArrayList<>();

    @Option(
            names = "--stop-timeout",
            paramLabel = "SECONDS",
            defaultValue = "20",
            description =
                    "How long running answers may finish after SIGTERM (default: ${DEFAULT-VALUE}).")
    private int stopTimeoutSeconds = 20;

    @Override
    public Integer call() throws InterruptedException {
        require(port >= 0 && port <= 65_535, "--port must be between 0 and 65535, found " + port);
        require(
                stopTimeoutSeconds >= 0,
                "--stop-timeout must be 0 or more, found " + stopTimeoutSeconds);
        EngineSettings settings = engine.settings().withWarmUp();
        Duration stopLimit = Duration.ofSeconds(stopTimeoutSeconds);
        List<String> keys = apiKeys.stream().filter(key -> !key.isBlank()).toList();
        ModelRegistry registry = new ModelRegistry();
        try (StopSignal stop = StopSignal.install(stopLimit.plus(CLOSING_TIME));
                ModelStart start = ModelStart.begin(settings, registry);
                TokamakServer server =
                        TokamakServer.start(
                                ServerOptions.of(host, port).withKeys(keys).withOrigins(origins),
                                registry)) {
            ModelStart.Started started = start.await();
            registry.add(served(started.name(), started.model()));
            announce(started.name(), settings, started.model(), server.port());
            StartCache.makeIfMissing(started.file(), started.model());
            stop.await();
            System.err.println(
                    "tokamak: stopping; running answers have "
                            + stopTimeoutSeconds
                            + " s to finish");
            server.close(stopLimit);
        }
        return 0;
    }

    /// The model as the service knows it.
    static ServedModel served(String name, RunningModel model) {
        return new ServedModel(
                name,
                Instant.now(),
                model.fingerprint(),
                model.engine(),
                model.model().tokenizer(),
                model.model().chatTemplate());
    }

    private void announce(String name, EngineSettings settings, RunningModel model, int boundPort) {
        String base = "http://" + (host.equals("0.0.0.0") ? "localhost" : host) + ":" + boundPort;
        System.err.printf(
                "tokamak: %s is ready after %.1f s, context %d tokens, up to %d answers at once, %d threads%n",
                name,
                ProcessHandle.current()
                        .info()
                        .startInstant()
                        .map(start -> Duration.between(start, Instant.now()).toMillis() / 1e3)
                        .orElse(Double.NaN),
                model.budget().contextTokens(),
                settings.maxConcurrent(),
                settings.threads());
        System.err.println("tokamak: OpenAI API at " + base + "/v1, chat page at " + base + "/");
    }

    private void require(boolean holds, String message) {
        if (!holds) {
            throw new CommandLine.ParameterException(spec.commandLine(), message);
        }
    }
}
