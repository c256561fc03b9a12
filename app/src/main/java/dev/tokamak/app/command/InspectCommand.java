package dev.tokamak.app.command;

import dev.tokamak.app.wiring.ByteSize;
import dev.tokamak.models.ModelFiles;
import dev.tokamak.models.ModelTexts;
import dev.tokamak.models.gguf.GgufTensor;
import dev.tokamak.models.gguf.Metadata;
import dev.tokamak.models.gguf.ModelFile;
import dev.tokamak.models.store.ModelStore;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `tokamak inspect`: what a model file holds and what it needs, without loading it.
@Command(
        name = "inspect",
        description =
                "Shows a model file: metadata, tensors, tokenizer, chat template and the memory that it needs.",
        mixinStandardHelpOptions = true)
final class InspectCommand implements Runnable {

    private static final int SHOWN_VALUE_CHARACTERS = 100;

    @Parameters(
            paramLabel = "FILE",
            description =
                    "A GGUF file, a Hugging Face directory, or the name of a model in the cache.")
    private String file = "";

    @Option(names = "--tensors", description = "List every tensor.")
    private boolean tensors;

    @Option(names = "--template", description = "Print the chat template.")
    private boolean template;

    @Override
    public void run() {
        Path path = ModelStore.ofUser().locate(file);
        try (ModelFile model = ModelFiles.open(path)) {
            if (template) {
                System.out.println(ModelTexts.of(model).chatTemplate().orElse("(none)"));
                return;
            }
            print(model);
        }
    }

    private void print(ModelFile model) {
        System.out.printf("file            %s%n", model.path());
        System.out.printf(
                "size            %s (%d bytes)%n",
                new ByteSize(model.sizeBytes()), model.sizeBytes());
        System.out.printf(
                "format          %s, %d tensors%n", model.format(), model.tensors().size());
        ModelSummary.print(model, System.out);
        System.out.println();
        System.out.println("METADATA");
        Metadata metadata = model.metadata();
        for (String key : metadata.keys()) {
            metadata.value(key)
                    .ifPresent(
                            value ->
                                    System.out.printf(
                                            "  %-44s %s%n", key, shortened(value.toString())));
        }
        System.out.println();
        System.out.println("TENSOR TYPES");
        Map<String, long[]> byType = new TreeMap<>();
        for (GgufTensor tensor : model.tensors()) {
            long[] sums = byType.computeIfAbsent(tensor.type().name(), _ -> new long[3]);
            sums[0]++;
            sums[1] += tensor.elements();
            sums[2] += tensor.sizeBytes();
        }
        byType.forEach(
                (type, sums) ->
                        System.out.printf(
                                "  %-8s %5d tensors %,15d weights %12s%n",
                                type, sums[0], sums[1], new ByteSize(sums[2])));
        hint(model);
        if (tensors) {
            System.out.println();
            System.out.println("TENSORS");
            for (GgufTensor tensor : model.tensors()) {
                System.out.printf(
                        "  %-36s %-8s %-20s %12s%n",
                        tensor.name(),
                        tensor.type().name(),
                        tensor.shape(),
                        new ByteSize(tensor.sizeBytes()));
            }
        }
    }

    /// Says what helps when most of a model are floats, as quantised directories become that no block type holds exactly.
    private static void hint(ModelFile model) {
        long floats = 0;
        long all = 0;
        for (GgufTensor tensor : model.tensors()) {
            all += tensor.elements();
            floats +=
                    switch (tensor.type()) {
                        case F32, F16, BF16 -> tensor.elements();
                        default -> 0;
                    };
        }
        if (floats > all / 2) {
            System.out.printf(
                    "  %d %% of the weights are floats, whose products are slow: --quantize Q8_0 makes them small and fast on load, convert does in a file%n",
                    100 * floats / all);
        }
    }

    private static String shortened(String value) {
        String line = value.replace("\n", "\\n");
        return line.length() <= SHOWN_VALUE_CHARACTERS
                ? line
                : line.substring(0, SHOWN_VALUE_CHARACTERS - 3) + "...";
    }
}
