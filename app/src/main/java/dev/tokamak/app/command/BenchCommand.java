package dev.tokamak.app.command;

import dev.tokamak.app.bench.Bench;
import dev.tokamak.app.bench.BenchReport;
import dev.tokamak.app.bench.Bounds;
import dev.tokamak.app.bench.Measurement;
import dev.tokamak.app.wiring.EngineSettings;
import dev.tokamak.app.wiring.RunningModel;
import dev.tokamak.kernels.KernelProvider;
import dev.tokamak.kernels.cpu.Tier;
import dev.tokamak.kernels.probe.MachineProbe;
import dev.tokamak.kernels.probe.MachineSpeed;
import dev.tokamak.kernels.team.WorkerTeam;
import java.util.List;
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
            "for several users at once (their tokens together). Medians of the repetitions, with the extremes.",
            "Each workload runs once before it counts; prompts are random tokens; scheduling and sampling are included."
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

    @Option(names = "--json", description = "Print JSON instead of tables.")
    private boolean json;

    @Option(
            names = "--depth",
            paramLabel = "N",
            split = ",",
            description =
                    "Also measure decode of one user after so many tokens of context, for example 4096,8000.")
    private List<Integer> depths = List.of();

    @Option(
            names = "--profile",
            description =
                    "Measure this machine first, then show each workload's bound: the time to read its weights, keys and values or to compute its products, whichever is longer.")
    private boolean profile;

    @Override
    public Integer call() throws InterruptedException {
        EngineSettings settings = engine.settings();
        requireSensible(settings);
        var plan = new Bench.Plan(promptTokens, generateTokens, concurrency, depths);
        MachineSpeed machine = profile ? machine(settings) : MachineSpeed.UNKNOWN;
        try (RunningModel model = Startup.open(settings)) {
            int contextTokens = model.budget().contextTokens();
            require(
                    plan.contextTokens() - 1 <= contextTokens,
                    "prompt or depth and --generate-tokens make %d tokens, more than the context of %d"
                            .formatted(plan.contextTokens() - 1, contextTokens));
            var bench =
                    new Bench(
                            model.engine(),
                            model.model().tokenizer().vocabularySize(),
                            repetitions);
            List<Measurement> measurements =
                    Bounds.of(model.model().decoder(), model.engine().options().maxBatchTokens())
                            .add(bench.run(plan), machine);
            print(new BenchReport(measurements, machine));
            return 0;
        }
    }

    private void requireSensible(EngineSettings settings) {
        require(promptTokens >= 1, "--prompt-tokens must be 1 or more, found " + promptTokens);
        require(
                generateTokens >= 1,
                "--generate-tokens must be 1 or more, found " + generateTokens);
        require(repetitions >= 1, "--repetitions must be 1 or more, found " + repetitions);
        for (int users : concurrency) {
            require(
                    users >= 1 && users <= settings.maxConcurrent(),
                    "--concurrency must be between 1 and --max-concurrent "
                            + settings.maxConcurrent()
                            + ", found "
                            + users);
        }
        for (int depth : depths) {
            require(depth >= 1, "--depth must be 1 or more, found " + depth);
        }
    }

    private static MachineSpeed machine(EngineSettings settings) {
        try (WorkerTeam team = WorkerTeam.start(settings.threads())) {
            return MachineProbe.measure(team, linearTier());
        }
    }

    /// The tier of linear layers, whose instructions the bounds are about.
    private static Tier linearTier() {
        return KernelProvider.select().choices().stream()
                .filter(choice -> choice.operation().equals("linear"))
                .map(KernelProvider.Choice::tier)
                .findFirst()
                .orElse(Tier.SCALAR);
    }

    private void print(BenchReport report) {
        if (json) {
            System.out.println(profile ? report.profileJson() : report.measurementsJson());
            return;
        }
        System.out.print(report.measurementsTable());
        if (profile) {
            System.out.println();
            System.out.print(report.machineLine());
        }
    }

    private void require(boolean holds, String message) {
        if (!holds) {
            throw new CommandLine.ParameterException(spec.commandLine(), message);
        }
    }
}
