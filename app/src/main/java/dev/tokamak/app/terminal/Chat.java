package dev.tokamak.app.terminal;

import dev.tokamak.app.wiring.RunningModel;
import dev.tokamak.engine.EngineException;
import dev.tokamak.engine.Usage;
import dev.tokamak.models.ModelException;
import dev.tokamak.models.store.ModelStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

/// A conversation at the terminal. Confined to one thread, but for Ctrl-C, which stops the answer.
public final class Chat {

    private static final String HELP =
            """
            /help            this text
            /reset           forget the conversation
            /system TEXT     forget it and set new instructions (without TEXT: none)
            /exit            leave (also Ctrl-D)
            A line that ends with \\ goes on in the next one. Ctrl-C stops an answer. Arrow keys bring earlier lines back.""";

    private final RunningModel model;
    private final Answer.Settings settings;
    private final List<Map<String, ?>> messages = new ArrayList<>();
    private @Nullable String system;

    public Chat(RunningModel model, Answer.Settings settings, @Nullable String system) {
        this.model = model;
        this.settings = settings;
        this.system = system;
        reset();
    }

    /// Talks until the person leaves; returns the exit code.
    public int run() throws IOException, InterruptedException {
        try (Terminal terminal = TerminalBuilder.builder().system(true).jni(false).build()) {
            DefaultParser parser = new DefaultParser();
            parser.setEscapeChars(new char[0]);
            parser.setQuoteChars(new char[0]);
            LineReader reader =
                    LineReaderBuilder.builder()
                            .terminal(terminal)
                            .appName("tokamak")
                            .parser(parser)
                            .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                            .variable(
                                    LineReader.HISTORY_FILE,
                                    ModelStore.ofUser().folder().resolveSibling("history"))
                            .build();
            PrintWriter out = terminal.writer();
            out.println(model.model().identity().name() + ". /help lists the commands.");
            while (true) {
                String line = read(reader);
                if (line == null) {
                    return 0;
                }
                if (line.isBlank()) {
                    continue;
                }
                if (!line.startsWith("/")) {
                    answer(line, terminal);
                } else if (!command(line.strip(), out)) {
                    return 0;
                }
                out.flush();
            }
        }
    }

    /// The next input, lines that end with a backslash joined; null at the end.
    private static @Nullable String read(LineReader reader) {
        StringBuilder text = new StringBuilder();
        while (true) {
            String line;
            try {
                line = reader.readLine(text.isEmpty() ? "> " : ". ");
            } catch (UserInterruptException e) {
                return "";
            } catch (EndOfFileException e) {
                return null;
            }
            if (!line.endsWith("\\")) {
                return text.append(line).toString();
            }
            text.append(line, 0, line.length() - 1).append('\n');
        }
    }

    /// Runs a command; false when it is time to leave.
    private boolean command(String line, PrintWriter out) {
        String[] words = line.split("\\s+", 2);
        switch (words[0].toLowerCase(Locale.ROOT)) {
            case "/exit", "/quit" -> {
                return false;
            }
            case "/reset" -> {
                reset();
                out.println("The conversation is forgotten.");
            }
            case "/system" -> {
                system = words.length > 1 ? words[1] : null;
                reset();
                out.println(system == null ? "No instructions." : "The instructions are set.");
            }
            case "/help" -> out.println(HELP);
            default -> out.println("There is no command " + words[0] + ".\n" + HELP);
        }
        return true;
    }

    private void reset() {
        messages.clear();
        if (system != null) {
            messages.add(Map.of("role", "system", "content", system));
        }
    }

    private void answer(String question, Terminal terminal) throws InterruptedException {
        PrintWriter out = terminal.writer();
        messages.add(Map.of("role", "user", "content", question));
        StringBuilder text = new StringBuilder();
        try {
            Answer answer = Answer.to(model, settings, messages);
            Terminal.SignalHandler before =
                    terminal.handle(Terminal.Signal.INT, _ -> answer.cancel());
            long start = System.nanoTime();
            try {
                Usage usage =
                        answer.stream(
                                piece -> {
                                    text.append(piece);
                                    out.print(piece);
                                    out.flush();
                                });
                double seconds = (System.nanoTime() - start) / 1e9;
                out.printf(
                        Locale.ROOT,
                        "%n[%d prompt tokens, %d generated, %.1f s]%n",
                        usage.promptTokens(),
                        usage.generatedTokens(),
                        seconds);
            } finally {
                terminal.handle(Terminal.Signal.INT, before);
            }
            messages.add(Map.of("role", "assistant", "content", text.toString()));
        } catch (EngineException | ModelException e) {
            messages.removeLast();
            out.println("error: " + e.getMessage());
        }
    }
}
