package dev.tokamak.app.command;

import dev.tokamak.app.terminal.Answer;
import dev.tokamak.app.wiring.RunningModel;
import dev.tokamak.engine.SamplingParams;
import dev.tokamak.server.ServerOptions;
import dev.tokamak.server.TokamakServer;
import dev.tokamak.server.model.ModelRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `tokamak prepare-start`: starts a model, asks it something and stops, while the JVM notes for its start-up cache what a
/// start needs. The launcher runs it.
@Command(
        name = PrepareStartCommand.NAME,
        hidden = true,
        description = "Makes the start-up cache; runs by itself after a first start.",
        mixinStandardHelpOptions = true)
final class PrepareStartCommand implements Callable<Integer> {

    static final String NAME = "prepare-start";

    private static final String HOST = "127.0.0.1";
    private static final int ANSWER_TOKENS = 8;
    private static final Map<String, ?> QUESTION = Map.of("role", "user", "content", "Hello!");

    @Mixin private EngineArguments engine = new EngineArguments();

    @Override
    public Integer call() throws IOException, InterruptedException {
        ModelRegistry registry = new ModelRegistry();
        try (ModelStart start = ModelStart.begin(engine.settings().withWarmUp(), registry);
                TokamakServer server = TokamakServer.start(ServerOptions.of(HOST, 0), registry)) {
            ModelStart.Started started = start.await();
            registry.add(ServeCommand.served(started.name(), started.model()));
            answer(started.model());
            exchange(server.uri(), "GET", "/health", "");
            for (boolean stream : new boolean[] {true, false}) {
                String body =
                        "{\"messages\":[{\"role\":\"user\",\"content\":\"Hello!\"}],\"max_tokens\":%d,\"stream\":%b}"
                                .formatted(ANSWER_TOKENS, stream);
                exchange(server.uri(), "POST", "/v1/chat/completions", body);
            }
        }
        return 0;
    }

    private static void answer(RunningModel model) throws InterruptedException {
        Answer.Settings settings =
                new Answer.Settings(SamplingParams.greedy(), ANSWER_TOKENS, List.of());
        StringBuilder text = new StringBuilder();
        Answer.to(model, settings, List.of(QUESTION)).stream(text::append);
    }

    /// One request as any client makes it; the answer is read to its end.
    private static void exchange(URI service, String method, String path, String body)
            throws IOException {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        String head =
                "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                        .formatted(method, path, service.getAuthority(), content.length);
        try (Socket socket = new Socket(service.getHost(), service.getPort())) {
            OutputStream out = socket.getOutputStream();
            out.write(head.getBytes(StandardCharsets.US_ASCII));
            out.write(content);
            out.flush();
            try (InputStream in = socket.getInputStream()) {
                in.transferTo(OutputStream.nullOutputStream());
            }
        }
    }
}
