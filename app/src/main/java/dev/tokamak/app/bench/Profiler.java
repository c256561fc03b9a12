package dev.tokamak.app.bench;

import dev.tokamak.engine.cache.BlockPools;
import dev.tokamak.engine.cache.BlockTables;
import dev.tokamak.engine.cache.PageGroup;
import dev.tokamak.engine.execute.Batch;
import dev.tokamak.engine.execute.CpuBackend;
import dev.tokamak.engine.execute.OperationProfile;
import dev.tokamak.kernels.probe.MachineSpeed;
import dev.tokamak.models.architecture.DecoderModel;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/// Runs the steps of workloads on a backend whose engine is idle, and says where the time goes. What it writes into KV
/// pages means nothing to anyone else. Confined to one thread.
public final class Profiler {

    /* Decode needs keys and values at its depth, but not any in particular: attention takes as long whatever they are. So one
     * page is computed and copied, into pages of its own for each user, because a page that users shared would stay in the
     * cache. */

    private static final int PREFILL_STEPS = 3;
    private static final String BETWEEN = "between operations";

    private final CpuBackend backend;
    private final ModelWork work;
    private final MachineSpeed machine;
    private final SplittableRandom random = new SplittableRandom(1);

    public Profiler(CpuBackend backend, DecoderModel model, MachineSpeed machine) {
        this.backend = backend;
        this.work = ModelWork.of(model);
        this.machine = machine;
    }

    /// Profiles every workload of these measurements for which there are enough KV pages.
    public List<WorkloadProfile> run(List<Measurement> measurements) {
        List<WorkloadProfile> profiles = new ArrayList<>();
        for (Measurement measured : measurements) {
            Workload workload = measured.workload();
            int pages = backend.pageGroups().getFirst().pages();
            if (pagesOfUser(workload) * (long) workload.users() <= pages) {
                profiles.add(profile(workload, measured.tokensPerSecond()));
            }
        }
        return profiles;
    }

    private WorkloadProfile profile(Workload workload, double tokensPerSecond) {
        List<Batch> batches = batches(workload);
        boolean isPrefill = workload.kind() == Workload.Kind.PREFILL;
        if (!isPrefill) {
            fillPages(workload);
        }
        backend.execute(batches.getFirst());
        backend.startProfile();
        long start = System.nanoTime();
        int rounds = isPrefill ? PREFILL_STEPS : 1;
        for (int round = 0; round < rounds; round++) {
            batches.forEach(backend::execute);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        List<OperationCost> costs =
                new ArrayList<>(backend.stopProfile().stream().map(this::cost).toList());
        double between = seconds - costs.stream().mapToDouble(OperationCost::seconds).sum();
        int steps = rounds * batches.size();
        costs.add(new OperationCost(BETWEEN, steps, Math.max(0, between), StepWork.NONE, 0));
        int tokens = isPrefill ? workload.tokens() * rounds : workload.users() * steps;
        return new WorkloadProfile(workload, steps, costs, tokens / tokensPerSecond);
    }

    private OperationCost cost(OperationProfile operation) {
        double operations = 2.0 * operation.multiplyAdds();
        double integers = operations * work.integerShare(operation.name());
        StepWork needed = new StepWork(operation.bytes(), integers, operations - integers);
        return new OperationCost(
                operation.name(),
                operation.calls(),
                operation.nanos() / 1e9,
                needed,
                machine.leastSeconds(
                        needed.bytes(), needed.integerOperations(), needed.floatOperations()));
    }

    /// The steps of a workload, in order.
    private List<Batch> batches(Workload workload) {
        BlockPools pools = new BlockPools(backend.pageGroups(), backend.pageTokens());
        List<Batch> batches = new ArrayList<>();
        if (workload.kind() == Workload.Kind.PREFILL) {
            BlockTables tables = new BlockTables(pools);
            for (int first = 0; first < workload.tokens(); first += backend.maxBatchTokens()) {
                int end = Math.min(workload.tokens(), first + backend.maxBatchTokens());
                batches.add(prompt(pages(tables, first, end), first, end, workload.tokens()));
            }
            return batches;
        }
        List<BlockTables> users =
                Stream.generate(() -> new BlockTables(pools)).limit(workload.users()).toList();
        int end = workload.contextTokens() + workload.tokens();
        for (int step = 0; step < workload.tokens(); step++) {
            Batch batch = new Batch(workload.users(), workload.users());
            for (BlockTables user : users) {
                int position = workload.contextTokens() + step;
                batch.addRun(position, pages(user, position, position + 1), end);
                batch.addToken(random.nextInt(backend.vocabularySize()), true);
            }
            batches.add(batch);
        }
        return batches;
    }

    /// The pages of a sequence that computes tokens `[first, end)` next.
    private int[][] pages(BlockTables tables, int first, int end) {
        tables.tryGrow(end);
        for (int token = 0; token < first; token += backend.pageTokens()) {
            tables.cover(token);
            tables.pass(token);
        }
        tables.pass(first);
        tables.cover(end);
        return Stream.of(tables.pages()).map(int[]::clone).toArray(int[][]::new);
    }

    private Batch prompt(int[][] pages, int first, int end, int promptTokens) {
        Batch batch = new Batch(end - first, 1);
        batch.addRun(first, pages, promptTokens);
        for (int position = first; position < end; position++) {
            batch.addToken(random.nextInt(backend.vocabularySize()), position == promptTokens - 1);
        }
        return batch;
    }

    private void fillPages(Workload workload) {
        int tokens = Math.min(backend.pageTokens(), backend.maxBatchTokens());
        backend.execute(prompt(new int[][] {{0}}, 0, tokens, 0));
        int used = pagesOfUser(workload) * workload.users();
        List<PageGroup> groups = backend.pageGroups();
        for (int group = 0; group < groups.size(); group++) {
            for (int page = 1; page < Math.min(used, groups.get(group).pages()); page++) {
                backend.copyPage(group, 0, page);
            }
        }
    }

    private int pagesOfUser(Workload workload) {
        int tokens = workload.contextTokens() + workload.tokens();
        return (tokens + backend.pageTokens() - 1) / backend.pageTokens();
    }
}
