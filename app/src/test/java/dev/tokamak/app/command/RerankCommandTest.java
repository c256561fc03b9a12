package dev.tokamak.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.kernels.format.TensorType;
import dev.tokamak.models.TinyGguf;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `tokamak rerank` with a decoder whose head for scores is random.
class RerankCommandTest {

    private static final int HIDDEN = 64;
    private static final List<String> DOCUMENTS =
            List.of("the rain", "in spain", "an answer", "on");

    @TempDir private Path folder;
    private String model = "";

    @BeforeEach
    void writeModel() {
        ByteBuffer weights =
                ByteBuffer.allocate(HIDDEN * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < HIDDEN; i++) {
            weights.putFloat((float) Math.sin(i));
        }
        model =
                new TinyGguf()
                        .hidden(HIDDEN, 128)
                        .build()
                        .tensor("cls.output.weight", TensorType.F32, weights.array(), HIDDEN, 1)
                        .write(folder.resolve("model.gguf"))
                        .toString();
    }

    @Test
    void run_ofDocuments_printsTheBestFirst() {
        List<String> lines = rank("--json");

        assertThat(lines).hasSize(DOCUMENTS.size());
        List<Float> scores = lines.stream().map(RerankCommandTest::score).toList();
        assertThat(scores).isSortedAccordingTo(Comparator.reverseOrder()).doesNotHaveDuplicates();
        assertThat(lines).allMatch(line -> line.matches("\\{\"index\":[0-3],.*,\"tokens\":\\d+}"));
    }

    @Test
    void run_forPeople_printsScoreIndexAndText() {
        String best = rank("--json", "--top", "1").getFirst();
        int index = Integer.parseInt(best.replaceAll("\\{\"index\":(\\d).*", "$1"));
        List<String> lines = rank("--top", "2");

        assertThat(lines).hasSize(2);
        assertThat(lines.getFirst()).endsWith("  " + index + "  " + DOCUMENTS.get(index));
    }

    private static float score(String line) {
        return Float.parseFloat(line.replaceAll(".*\"score\":([^,]*),.*", "$1"));
    }

    private List<String> rank(String... options) {
        List<String> arguments =
                new java.util.ArrayList<>(
                        List.of("rerank", "--model", model, "--query", "the question"));
        arguments.addAll(List.of(options));
        arguments.addAll(DOCUMENTS);
        PrintStream before = System.out;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (PrintStream captured = new PrintStream(out, true, StandardCharsets.UTF_8)) {
            System.setOut(captured);
            assertThat(TokamakCommand.run(arguments.toArray(String[]::new))).isZero();
        } finally {
            System.setOut(before);
        }
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }
}
