package dev.tokamak.app.command;

import dev.tokamak.app.wiring.ByteSize;
import dev.tokamak.app.wiring.EngineSettings;
import dev.tokamak.app.wiring.MemoryPlan;
import dev.tokamak.app.wiring.RunningModel;
import dev.tokamak.kernels.KernelProvider;
import dev.tokamak.kernels.Kernels;
import dev.tokamak.kernels.cpu.Tier;
import dev.tokamak.kernels.linear.Numerics;
import dev.tokamak.kernels.linear.WeightPacker;
import dev.tokamak.kernels.memory.MachineMemory;
import dev.tokamak.kernels.team.WorkerTeam;
import dev.tokamak.models.ModelException;
import dev.tokamak.models.ModelTexts;
import dev.tokamak.models.architecture.Architectures;
import dev.tokamak.models.architecture.DecoderDescription;
import dev.tokamak.models.architecture.EncoderDescription;
import dev.tokamak.models.gguf.Metadata;
import dev.tokamak.models.gguf.ModelFile;
import java.io.PrintStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// Writes what a model is and the memory that it will need, from a file that is not loaded.
final class ModelSummary {

    private ModelSummary() {}

    static void print(ModelFile gguf, PrintStream out) {
        Metadata metadata = gguf.metadata();
        out.printf("model           %s%n", metadata.string("general.name").orElse("(no name)"));
        out.printf(
                "architecture    %s%n", metadata.string("general.architecture").orElse("(none)"));
        Optional<String> lacking = printTexts(gguf, out);
        try {
            if (Architectures.isReranker(gguf)) {
                describe(Architectures.describeReranker(gguf), out);
                out.println("runs here       yes: scores of pairs of texts ('tokamak rerank')");
            } else if (Architectures.isEncoder(gguf)) {
                describe(Architectures.describeEncoder(gguf), out);
                out.println("runs here       yes: vectors ('tokamak embed')");
            } else {
                describe(Architectures.describe(gguf), out);
                out.println(
                        "runs here       "
                                + lacking.map("no: without a tokenizer: "::concat).orElse("yes"));
            }
            out.println("kernels         " + kernels());
        } catch (ModelException e) {
            out.println("runs here       no: " + e.getMessage());
        }
    }

    private static void describe(EncoderDescription encoder, PrintStream out) {
        var shape = encoder.shape();
        out.printf(
                "network         %,d weights, %d layers, width %d, %d heads of %d, vocabulary %d%n",
                encoder.parameters(),
                encoder.layerCount(),
                shape.hidden(),
                shape.heads(),
                shape.headDim(),
                shape.vocabulary());
        out.printf("context         %d tokens%n", shape.contextTokens());
        try (WorkerTeam team = WorkerTeam.start(1)) {
            WeightPacker packer = new WeightPacker(Numerics.EXACT, team);
            out.printf("memory          weights %s%n", new ByteSize(encoder.packedBytes(packer)));
        }
    }

    private static void describe(DecoderDescription decoder, PrintStream out) {
        var shape = decoder.shape();
        out.printf(
                "network         %,d weights, %d layers, width %d, %d heads of %d, %d KV heads, vocabulary %d, %s head%n",
                decoder.parameters(),
                decoder.layerCount(),
                shape.hidden(),
                shape.heads(),
                shape.headDim(),
                shape.kvHeads(),
                shape.vocabulary(),
                decoder.isTied() ? "tied" : "untied");
        out.printf("context         %d tokens%n", shape.contextTokens());
        MemoryPlan plan = plan(decoder, Numerics.EXACT);
        out.printf(
                "memory          weights %s (float32 numerics: %s), KV cache %s for one full context, batches about %s: together %s%n",
                new ByteSize(plan.weightBytes()),
                new ByteSize(plan(decoder, Numerics.FLOAT32).weightBytes()),
                new ByteSize(plan.kvBytes(shape.contextTokens())),
                new ByteSize(plan.workspaceBytes()),
                new ByteSize(plan.totalBytes(shape.contextTokens())));
        long available = MachineMemory.availableBytes();
        int largest = plan.largestContext(available);
        out.printf(
                "fits here       %s (%s available)%n",
                largest == 0 ? "no" : "yes, with a context of up to " + largest + " tokens",
                new ByteSize(available));
    }

    private static MemoryPlan plan(DecoderDescription decoder, Numerics numerics) {
        return RunningModel.memoryPlan(decoder, numerics, EngineSettings.DEFAULT_MAX_CONCURRENT);
    }

    /// The tier of each operation, fastest first.
    private static String kernels() {
        KernelProvider.Selection selection = KernelProvider.select();
        try (Kernels _ = selection.kernels()) {
            Map<Tier, List<String>> operations = new EnumMap<>(Tier.class);
            for (KernelProvider.Choice choice : selection.choices()) {
                operations
                        .computeIfAbsent(choice.tier(), _ -> new ArrayList<>())
                        .add(choice.operation());
            }
            return operations.entrySet().stream()
                    .map(
                            entry ->
                                    entry.getKey().label()
                                            + " for "
                                            + String.join(", ", entry.getValue()))
                    .collect(Collectors.joining("; "));
        }
    }

    /// Returns why texts cannot be read or written, if they cannot.
    private static Optional<String> printTexts(ModelFile file, PrintStream out) {
        String kind =
                file.metadata()
                        .string("tokenizer.ggml.model")
                        .orElse(Files.isDirectory(file.path()) ? "tokenizer.json" : "none");
        String pre =
                file.metadata()
                        .string("tokenizer.ggml.pre")
                        .map(name -> ", pre-tokenizer " + name)
                        .orElse("");
        try {
            ModelTexts texts = ModelTexts.of(file);
            out.printf(
                    "tokenizer       %s%s, %d tokens%n",
                    kind, pre, texts.tokenizer().vocabularySize());
            out.printf(
                    "chat template   %s%n",
                    texts.chatTemplate().isPresent()
                            ? "yes (--template prints it)"
                            : "none: completes text only");
            return Optional.empty();
        } catch (ModelException e) {
            out.printf("tokenizer       %s%s (%s)%n", kind, pre, e.getMessage());
            return Optional.ofNullable(e.getMessage());
        }
    }
}
