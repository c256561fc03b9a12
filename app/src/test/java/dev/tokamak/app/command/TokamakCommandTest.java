package dev.tokamak.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tokamak.models.TinyGguf;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The command line as a person or a script meets it: exit codes, what is printed where.
class TokamakCommandTest {

    @TempDir private Path folder;

    private record Outcome(int code, String out, String err) {}

    @Test
    void run_whenHelp_listsEveryCommand() {
        Outcome outcome = run("--help");

        assertThat(outcome.code()).isZero();
        assertThat(outcome.out())
                .contains("serve", "run", "pull", "list", "inspect", "kernels", "bench", "embed")
                .contains("rerank", "remove");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "serve", "run", "pull", "list", "inspect", "kernels", "bench", "embed", "rerank"
            })
    void run_whenHelpOfACommand_printsItsOptions(String command) {
        Outcome outcome = run(command, "--help");

        assertThat(outcome.code()).isZero();
        assertThat(outcome.out()).contains("Usage: tokamak " + command).contains("--verbose");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "unknown",
                "serve --port 70000",
                "serve --no-such-option",
                "run --threads 0 --prompt x",
                "run --numerics fp8 --prompt x",
                "bench --kv-cache-memory lots",
                "bench --prompt-tokens 0",
                "bench --concurrency 99",
                "bench --depth 0",
                "pull",
                "remove",
                "convert a.gguf --to b.gguf",
                "convert a.gguf --to b.gguf --type Q9_K",
                "convert a.gguf --to b.gguf --type Q8_0 --tensor-type ffn",
                "quality a.gguf --text t",
                "embed text",
                "embed --model a.gguf --context -1 text",
                "rerank --model a.gguf text",
                "rerank --model a.gguf --query q --top 0 text"
            })
    void run_whenUsageIsBad_exitsWith2AndOneLineAndAHint(String line) {
        Outcome outcome = run(line.isEmpty() ? new String[0] : line.split(" "));

        assertThat(outcome.code()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err().lines()).hasSize(2);
        assertThat(outcome.err()).startsWith("tokamak: ").contains("--help'");
    }

    @Test
    void embed_ofTexts_printsOneVectorOfLengthOneForEach() {
        Path model = TinyGguf.llama(folder, 1);

        Outcome outcome = run("embed", "--model", model.toString(), "the rain", "the");

        assertThat(outcome.code()).as(outcome.err()).isZero();
        List<String> lines = outcome.out().lines().toList();
        assertThat(lines).hasSize(2);
        assertThat(lines.get(1)).startsWith("{\"index\":1,\"tokens\":");
        String numbers = lines.get(0).replaceAll(".*\\[|\\].*", "");
        double squares =
                Arrays.stream(numbers.split(","))
                        .mapToDouble(Double::parseDouble)
                        .map(value -> value * value)
                        .sum();
        assertThat(squares).isCloseTo(1, within(1e-5));
    }

    @Test
    void embed_ofFile_readsOneTextFromEachLine() throws IOException {
        Path model = TinyGguf.llama(folder, 1);
        Path texts = Files.writeString(folder.resolve("texts.txt"), "the rain\nthe\n");

        Outcome outcome = run("embed", "--model", model.toString(), "--file", texts.toString());

        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(outcome.out().lines()).hasSize(2);
        assertThat(outcome.out())
                .isEqualTo(run("embed", "--model", model.toString(), "the rain", "the").out());
    }

    @Test
    void embed_ofArgumentsAndFile_isRefusedBeforeAnythingIsLoaded() {
        Outcome outcome =
                run("embed", "--model", "nothing-here.gguf", "--file", "texts.txt", "the");

        assertThat(outcome.code()).isEqualTo(2);
        assertThat(outcome.err()).contains("both as arguments and with --file");
    }

    @Test
    void embed_ofContextOfNoTokens_isRefused() {
        Outcome outcome = run("embed", "--model", "nothing-here.gguf", "--context", "0", "the");

        assertThat(outcome.code()).isEqualTo(2);
        assertThat(outcome.err()).contains("--context must be 1 or more, found 0");
    }

    @Test
    void inspect_ofModelOfTheHubThatIsNotHere_saysHowToFetchIt() {
        Outcome outcome = run("inspect", "hf:nobody/nothing-that-was-ever-pulled");

        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err()).contains("not in the cache", "tokamak pull");
    }

    @Test
    void rerank_ofModelWithoutHead_namesTheTensor() {
        Path model = TinyGguf.llama(folder, 1);

        Outcome outcome = run("rerank", "--model", model.toString(), "--query", "rain", "the");

        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err()).contains("cls.output.weight", "tokamak embed");
    }

    @Test
    void embed_ofTextThatIsTooLong_namesBothNumbers() {
        Path model = TinyGguf.llama(folder, 1);

        Outcome outcome =
                run("embed", "--model", model.toString(), "--context", "2", "the rain in spain");

        assertThat(outcome.code()).isEqualTo(2);
        assertThat(outcome.err()).contains("text 0 has ").contains("tokens, expected 1 to 2");
    }

    @Test
    void inspect_whenModelFile_showsWhatItIsAndNeeds() {
        Path model = TinyGguf.llama(folder, 1);

        Outcome outcome = run("inspect", "--tensors", model.toString());

        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(outcome.out())
                .contains(
                        "GGUF v3",
                        "llama",
                        "general.architecture",
                        "tokenizer.ggml.model",
                        "runs here       yes")
                .contains("token_embd.weight", "weights ", "KV cache ");
    }

    @Test
    void inspect_whenNotAModel_saysSoInOneLine() throws IOException {
        Path file =
                Files.writeString(
                        folder.resolve("model.gguf"),
                        "this is no model, but long enough for a header");

        Outcome outcome = run("inspect", file.toString());

        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err().lines()).hasSize(1);
        assertThat(outcome.err()).startsWith("tokamak: ").contains("model.gguf");
    }

    @Test
    void inspect_whenVerboseAndFailing_showsTheStackTrace() {
        Outcome outcome = run("inspect", "--verbose", folder.resolve("missing.gguf").toString());

        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err()).contains("ModelException").contains("\tat ");
    }

    @Test
    void convert_ofModelFile_writesAFileThatIsJudgedNearlyEqual() throws IOException {
        String model = TinyGguf.llama(folder, 4).toString();
        String converted = folder.resolve("converted.gguf").toString();
        Path text =
                Files.writeString(folder.resolve("text.txt"), "the rain and the sun ".repeat(20));
        String[] convert = {
            "convert", model, "--to", converted, "--type", "q8_0", "--threads", "1"
        };

        Outcome first = run(convert);

        assertThat(first.code()).as(first.err()).isZero();
        assertThat(first.out()).contains("converted.gguf");
        assertThat(run("inspect", converted).out()).contains("Q8_0");
        Outcome again = run(convert);
        assertThat(again.code()).isEqualTo(1);
        assertThat(again.err()).contains("exists already");
        assertThat(run("convert", model, "--to", converted, "--type", "F16", "--force").code())
                .isZero();
        Outcome quality =
                run("quality", model, converted, "--text", text.toString(), "--context", "64");
        assertThat(quality.code()).as(quality.err()).isZero();
        assertThat(quality.out()).contains("KL divergence", "same most likely, %");
    }

    @Test
    void convert_whenDryRun_showsTypesAndWritesNothing() {
        String model = TinyGguf.llama(folder, 4).toString();
        Path target = folder.resolve("converted.gguf");

        Outcome outcome =
                run(
                        "convert",
                        model,
                        "--to",
                        target.toString(),
                        "--type",
                        "Q4_0",
                        "--tensor-type",
                        "attn_v=Q5_1",
                        "--dry-run");

        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("blk.0.attn_v.weight").contains("-> Q5_1");
        assertThat(target).doesNotExist();
    }

    @Test
    void prepareStart_whenModelFile_startsAsksAndStops() {
        String model = TinyGguf.llama(folder, 2).toString();

        Outcome outcome = run("prepare-start", "--model", model);

        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(run("--help").out()).doesNotContain("prepare-start");
    }

    @Test
    void run_whenSamePromptAndSeed_answersTheSame() {
        String model = TinyGguf.llama(folder, 2).toString();
        String[] line = {
            "run",
            "--model",
            model,
            "--prompt",
            "hello",
            "--temperature",
            "1",
            "--seed",
            "5",
            "--max-tokens",
            "20",
            "--threads",
            "1"
        };

        Outcome first = run(line);
        Outcome second = run(line);

        assertThat(first.code()).as(first.err()).isZero();
        assertThat(first.out()).isNotBlank().isEqualTo(second.out());
    }

    @Test
    void run_whenModelFileIsMissing_namesIt() {
        Outcome outcome =
                run("run", "--model", folder.resolve("missing.gguf").toString(), "--prompt", "x");

        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err()).contains("missing.gguf");
    }

    @Test
    void bench_whenJsonProfile_printsOneMeasurementForEachWorkloadAndTheMachine() {
        String model = TinyGguf.llama(folder, 3).toString();

        Outcome outcome =
                run(
                        "bench",
                        "--model",
                        model,
                        "--prompt-tokens",
                        "16",
                        "--generate-tokens",
                        "4",
                        "--repetitions",
                        "1",
                        "--warm-up",
                        "0",
                        "--concurrency",
                        "1,3",
                        "--depth",
                        "24",
                        "--threads",
                        "1",
                        "--profile",
                        "--json");

        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(outcome.out())
                .contains(
                        "{\"kind\":\"prefill\",\"tokens\":16,\"concurrency\":1,\"context\":0,\"tokens_per_second\":")
                .contains("{\"kind\":\"decode\",\"tokens\":4,\"concurrency\":1,\"context\":16,")
                .contains("{\"kind\":\"decode\",\"tokens\":4,\"concurrency\":1,\"context\":24,")
                .contains("\"machine\":{\"read_gb_per_s\":", "\"profiles\":[{\"kind\":\"prefill\"")
                .contains("\"name\":\"gate/up\"", "\"name\":\"between operations\"")
                .contains("{\"kind\":\"batch\",\"tokens\":4,\"concurrency\":3,");
    }

    @Test
    void kernels_namesATierForEachOperation() {
        Outcome outcome = run("kernels");

        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(outcome.out())
                .contains("linear")
                .contains("attention")
                .containsAnyOf("vector-api", "scalar");
    }

    @Test
    void serve_whenPortIsInUse_namesThePortAndExitsWith1() throws IOException {
        String model = TinyGguf.llama(folder, 4).toString();
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Outcome outcome =
                    run(
                            "serve",
                            "--model",
                            model,
                            "--port",
                            Integer.toString(taken.getLocalPort()));

            assertThat(outcome.code()).isEqualTo(1);
            assertThat(outcome.err()).contains(Integer.toString(taken.getLocalPort()));
        }
    }

    private static Outcome run(String... line) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
        ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(outBytes, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(errBytes, true, StandardCharsets.UTF_8));
            int code = TokamakCommand.run(line);
            return new Outcome(
                    code,
                    outBytes.toString(StandardCharsets.UTF_8),
                    errBytes.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }
}
