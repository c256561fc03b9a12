package dev.tokamak.app.command;

import dev.tokamak.models.ModelException;
import java.io.PrintWriter;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// The root of the command line. Exit codes: 0 success, 1 failure, 2 bad usage, 130 interrupted.
@Command(
        name = "tokamak",
        description =
                "Serves open-weight language models on ordinary CPUs, through the OpenAI API.",
        mixinStandardHelpOptions = true,
        versionProvider = ProductVersion.class,
        synopsisSubcommandLabel = "COMMAND")
public final class TokamakCommand implements Runnable {

    private static final Logger ROOT_LOGGER = Logger.getLogger("");

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "Show the stack trace of an error and log details.")
    private boolean verbose;

    /// Runs one command line and returns its exit code.
    public static int run(String... arguments) {
        quietLogs();
        TokamakCommand root = new TokamakCommand();
        CommandLine commandLine = new CommandLine(root);
        commands(arguments).forEach(commandLine::addSubcommand);
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setUsageHelpAutoWidth(true);
        commandLine.setParameterExceptionHandler(TokamakCommand::badUsage);
        commandLine.setExecutionExceptionHandler(
                (failure, command, parsed) -> root.failed(failure, command));
        commandLine.setExecutionStrategy(parsed -> root.execute(parsed));
        return commandLine.execute(arguments);
    }

    /// The command that comes first, as reading the options of all of them takes longer than most commands do; all of
    /// them where something else comes first.
    private static List<Object> commands(String... arguments) {
        return switch (arguments.length == 0 ? "" : arguments[0]) {
            case "serve" -> List.of(new ServeCommand());
            case "run" -> List.of(new RunCommand());
            case "pull" -> List.of(new PullCommand());
            case "list" -> List.of(new ListCommand());
            case "remove" -> List.of(new RemoveCommand());
            case "inspect" -> List.of(new InspectCommand());
            case "convert" -> List.of(new ConvertCommand());
            case "quality" -> List.of(new QualityCommand());
            case "embed" -> List.of(new EmbedCommand());
            case "rerank" -> List.of(new RerankCommand());
            case "kernels" -> List.of(new KernelsCommand());
            case "bench" -> List.of(new BenchCommand());
            case PrepareStartCommand.NAME -> List.of(new PrepareStartCommand());
            default ->
                    List.of(
                            new ServeCommand(),
                            new RunCommand(),
                            new PullCommand(),
                            new ListCommand(),
                            new RemoveCommand(),
                            new InspectCommand(),
                            new ConvertCommand(),
                            new QualityCommand(),
                            new EmbedCommand(),
                            new RerankCommand(),
                            new KernelsCommand(),
                            new BenchCommand());
        };
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "which command?");
    }

    private int execute(CommandLine.ParseResult parsed) {
        if (verbose) {
            ROOT_LOGGER.setLevel(Level.FINE);
        }
        return new CommandLine.RunLast().execute(parsed);
    }

    private static int badUsage(CommandLine.ParameterException failure, String[] arguments) {
        CommandLine command = failure.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("tokamak: " + failure.getMessage());
        err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        return CommandLine.ExitCode.USAGE;
    }

    private int failed(Exception failure, CommandLine command) {
        PrintWriter err = command.getErr();
        if (verbose) {
            failure.printStackTrace(err);
        } else {
            String message =
                    failure.getMessage() == null ? failure.toString() : failure.getMessage();
            err.println("tokamak: " + (lists(failure) ? message : message.replace('\n', ' ')));
        }
        err.flush();
        return CommandLine.ExitCode.SOFTWARE;
    }

    /// Whether the message goes on with a line for each model that could be meant.
    private static boolean lists(Exception failure) {
        return failure instanceof ModelException model
                && (model.code() == ModelException.Code.AMBIGUOUS
                        || model.code() == ModelException.Code.NOT_FOUND);
    }

    /// One log record a line, warnings and worse unless `--verbose`.
    private static void quietLogs() {
        System.setProperty(
                "java.util.logging.SimpleFormatter.format",
                "%1$tFT%1$tT.%1$tL %4$s %3$s: %5$s%6$s%n");
        LogManager.getLogManager().reset();
        java.util.logging.ConsoleHandler console = new java.util.logging.ConsoleHandler();
        console.setLevel(Level.ALL);
        ROOT_LOGGER.addHandler(console);
        ROOT_LOGGER.setLevel(Level.WARNING);
    }
}
