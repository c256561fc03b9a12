package dev.tokamak.app.command;

import dev.tokamak.app.bench.Bench;
import dev.tokamak.app.bench.BenchReport;
import dev.tokamak.app.bench.Bounds;
import dev.tokamak.app.bench.Measurement;
import dev.tokamak.app.bench.Profiler;
import dev.tokamak.app.bench.WorkloadProfile;
import dev.tokamak.app.wiring.EngineSettings;
import dev.tokamak.app.wiring.RunningModel;
import dev.tokamak.kernels.KernelProvider;
import dev.tokamak.kernels.cpu.Tier;
import dev.tokamak.kernels.probe.MachineProbe;
import dev.tokamak.kernels.probe.MachineSpeed;
import dev.tokamak.kernels.team.WorkerTeam;
import java.time.Duration;
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
            "Each workload warms up before it counts; prompts are random tokens; scheduling and sampling are included."
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
            description = "Counted runs of each workload (default: ${DEFAULT-VALUE}).")
    private int repetitions = 5;

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            defaultValue = "3",
            description =
                    "How long a workload runs before it counts, at least once (default: ${DEFAULT-VALUE}).")
    private int warmUpSeconds = 3;

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
            description = {
                "Measure what this machine can do first, then show each workload's bound (the time to read its weights, keys and values or to compute its products, whichever is longer) and where its time goes, operation by operation:",
                "calls, share of the time, microseconds a call, bytes and operations per second, and the share of the machine's bound that was reached."
            })
    private boolean profile;

    @Override
    public Integer call() throws InterruptedException {
        EngineSettings settings = engine.settings();
        requireSensible(settings);
        var plan = new Bench.Plan(promptTokens, generateTokens, concurrency, depths);
        try (RunningModel model = Startup.open(settings)) {
            int contextTokens = model.budget().contextTokens();
            require(
                    plan.contextTokens() - 1 <= contextTokens,
                    "prompt or depth and --generate-tokens make %d tokens, more than the context of %d"
                            .formatted(plan.contextTokens() - 1, contextTokens));
            MachineSpeed machine =
                    profile ? machine(model, settings.threads()) : MachineSpeed.UNKNOWN;
            var bench =
                    new Bench(
                            model.engine(),
                            model.model().tokenizer().vocabularySize(),
                            repetitions,
                            Duration.ofSeconds(warmUpSeconds));
            List<Measurement> measurements =
                    Bounds.of(model.model().decoder(), model.engine().options().maxBatchTokens())
                            .add(bench.run(plan), machine);
            List<WorkloadProfile> profiles =
                    profile
                            ? new Profiler(model.backend(), model.model().decoder(), machine)
                                    .run(measurements)
                            : List.of();
            print(new BenchReport(measurements, machine, profiles));
            return 0;
        }
    }

    private void requireSensible(EngineSettings settings) {
        require(promptTokens >= 1, "--prompt-tokens must be 1 or more, found " + promptTokens);
        require(
                generateTokens >= 1,
                "--generate-tokens must be 1 or more, found " + generateTokens);
        require(repetitions >= 1, "--repetitions must be 1 or more, found " + repetitions);
        require(warmUpSeconds >= 0, "--warm-up must be 0 or more, found " + warmUpSeconds);
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

    /// Probes the machine with the instructions of linear layers, which the bounds are about, while the engine is idle.
    private static MachineSpeed machine(RunningModel model, int threads) {
        Tier tier =
                model.selection().choices().stream()
                        .filter(choice -> choice.operation().equals("linear"))
                        .map(KernelProvider.Choice::tier)
                        .findFirst()
                        .orElse(Tier.SCALAR);
        try (WorkerTeam team = WorkerTeam.start(threads)) {
            return MachineProbe.measure(team, tier);
        }
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
            System.out.println();
            System.out.print(report.profileTables());
        }
    }

    private void require(boolean holds, String message) {
        if (!holds) {
            throw new CommandLine.ParameterException(spec.commandLine(), message);
        }
    }
}
