package dev.tokamak.models.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tokamak.models.ModelException;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubModelsTest {

    private static final String CONFIG =
            """
            {"architectures": ["LlamaForCausalLM"], "hidden_size": 8, "intermediate_size": 16,
             "num_attention_heads": 2, "num_hidden_layers": 1, "max_position_embeddings": 64,
             "rms_norm_eps": 1e-5, "hidden_act": "silu", "tie_word_embeddings": true}
            """;

    @TempDir Path folder;

    private final FakeRepository hub = new FakeRepository();
    private final List<String> notes = new ArrayList<>();
    private final List<Long> progress = new ArrayList<>();
    private final PullListener listener =
            new PullListener() {
                @Override
                public void advance(long doneBytes, long totalBytes) {
                    assertThat(doneBytes).isLessThanOrEqualTo(totalBytes);
                    progress.add(doneBytes);
                }

                @Override
                public void note(String message) {
                    notes.add(message);
                }
            };

    @AfterEach
    void stop() {
        hub.close();
    }

    private ModelStore store() {
        return store("secret", _ -> Long.MAX_VALUE);
    }

    private ModelStore store(String token, FreeSpace space) {
        return new ModelStore(
                folder,
                new Catalogue(List.of()),
                new HubSettings(
                        hub.base(),
                        token,
                        Duration.ofSeconds(10),
                        Duration.ofMillis(1),
                        HttpClient.Builder.NO_PROXY),
                (_, _, _, _) -> {},
                space);
    }

    private static byte[] bytes(int count, int seed) {
        byte[] bytes = new byte[count];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private void putFolder() {
        hub.put("config.json", CONFIG)
                .put("tokenizer.json", "{}")
                .put("README.md", "read me")
                .put("pytorch_model.bin", "program")
                .put("model.safetensors.index.json", "{}");
        for (int part = 1; part <= 6; part++) {
            hub.put("model-0000%d-of-00006.safetensors".formatted(part), bytes(5000, part));
        }
    }

    private void assertFails(ModelException.Code code, String name, String... parts) {
        assertFails(store(), code, name, parts);
    }

    private void assertFails(
            ModelStore store, ModelException.Code code, String name, String... parts) {
        assertThatThrownBy(() -> store.pull(name, listener))
                .isInstanceOfSatisfying(
                        ModelException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContainingAll(parts);
    }

    @Test
    void pull_whenRepositoryHasOneFile_fetchesVerifiesAndRemembersIt() {
        byte[] content = bytes(100_000, 1);
        hub.put("tiny-Q8_0.gguf", content).put("README.md", "read me");
        Path file = store().pull("hf:owner/repo", listener);
        assertThat(file).hasFileName("tiny-Q8_0.gguf").hasBinaryContent(content);
        assertThat(progress).isSorted().endsWith(100_000L);
        hub.close();
        assertThat(store().resolve("hf:owner/repo", listener)).isEqualTo(file);
        assertThat(store().resolve("hf:owner/repo:q8_0", listener)).isEqualTo(file);
        assertThat(store().locate("hf:owner/repo:tiny-Q8_0.gguf")).isEqualTo(file);
        assertThat(store().pulled())
                .containsExactly(new PulledModel("hf:owner/repo:Q8_0", file, 100_000));
    }

    @Test
    void pull_whenSeveralQuantisations_listsThemWithSizes() {
        hub.put("big-Q4_K_M.gguf", bytes(2000, 1)).put("big-Q8_0.gguf", bytes(4000, 2));
        hub.put("big-mmproj-F16.gguf", bytes(10, 3));
        assertFails(
                ModelException.Code.AMBIGUOUS,
                "hf:owner/repo",
                "2 models",
                "hf:owner/repo:Q4_K_M",
                "Q4_K_M          2000 bytes  big-Q4_K_M.gguf",
                "Q8_0            4000 bytes");
        assertFails(ModelException.Code.NOT_FOUND, "hf:owner/repo:Q2_K", "'Q2_K'", "Q8_0");
        assertThat(store().pull("hf:owner/repo:q4_k_m", listener)).hasFileName("big-Q4_K_M.gguf");
        assertThat(store().pull("hf:owner/repo:big-Q8_0.gguf", listener))
                .hasFileName("big-Q8_0.gguf");
        assertFails(ModelException.Code.AMBIGUOUS, "hf:owner/repo", "Q4_K_M");
        assertThat(hub.requests()).containsExactly("big-Q4_K_M.gguf", "big-Q8_0.gguf");
    }

    @Test
    void pull_whenFileIsSplit_fetchesAllPartsAtOnce() throws IOException {
        for (int part = 1; part <= 3; part++) {
            hub.put("Q4_0/m-Q4_0-0000%d-of-00003.gguf".formatted(part), bytes(3000, part));
        }
        CountDownLatch together = new CountDownLatch(3);
        hub.mischief =
                (_, path) -> {
                    if (path.endsWith(".gguf")) {
                        await(together);
                    }
                    return false;
                };
        Path first = store().pull("hf:owner/repo", listener);
        assertThat(first).endsWith(Path.of("Q4_0", "m-Q4_0-00001-of-00003.gguf"));
        try (Stream<Path> parts = Files.list(first.getParent())) {
            assertThat(parts).hasSize(3).allMatch(part -> part.toString().endsWith(".gguf"));
        }
        assertThat(notes).anyMatch(note -> note.startsWith("3 of 3 files"));
    }

    private static void await(CountDownLatch latch) {
        latch.countDown();
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).as("all requests at once").isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void pull_whenPartIsMissing_saysThatNoModelIsWhole() {
        hub.put("m-00001-of-00002.gguf", bytes(10, 1));
        assertFails(ModelException.Code.UNSUPPORTED, "hf:owner/repo", "no whole model (1)");
    }

    @Test
    void pull_whenRepositoryIsAFolder_fetchesWhatModelsNeed() throws IOException {
        putFolder();
        Path repository = store().pull("hf:owner/repo", listener);
        assertThat(repository).isDirectory();
        assertThat(names(repository))
                .hasSize(9)
                .contains("config.json", "tokenizer.json", "model.safetensors.index.json")
                .doesNotContain("README.md", "pytorch_model.bin");
        assertThat(hub.mostAtOnce()).isLessThanOrEqualTo(ParallelWork.AT_ONCE);
        assertThat(hub.requests().indexOf("config.json")).isLessThan(3);
        assertThat(progress).isSorted();
        assertThat(store().locate("hf:owner/repo")).isEqualTo(repository);
    }

    private static List<String> names(Path repository) throws IOException {
        try (Stream<Path> files = Files.list(repository)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.startsWith("."))
                    .toList();
        }
    }

    @Test
    void pull_whenCutOff_goesOnWithTheSameFilesAndKeepsTheWholeOnes() {
        putFolder();
        String last = "model-00006-of-00006.safetensors";
        hub.mischief =
                (exchange, path) -> {
                    boolean cut = path.endsWith(last);
                    if (cut && hub.requests().contains(last)) {
                        exchange.sendResponseHeaders(404, -1);
                    } else if (cut) {
                        hub.send(exchange, hub.content(path), 2000);
                    }
                    return cut;
                };
        assertFails(ModelException.Code.NOT_FOUND, "hf:owner/repo", "404");
        assertThat(store().pulled()).isEmpty();
        int before = hub.requests().size();
        hub.mischief = (_, _) -> false;
        store().pull("hf:owner/repo", listener);
        List<String> again = hub.requests().subList(before, hub.requests().size());
        assertThat(again).contains(last + "@2000").hasSizeLessThan(6);
        assertThat(notes).anyMatch(note -> note.contains(last + ": going on after 2000 bytes"));
    }

    @Test
    void pull_whenModelIsOfAnUnknownKind_stopsBeforeItsWeights() {
        putFolder();
        hub.put("config.json", CONFIG.replace("LlamaForCausalLM", "OtherForCausalLM"));
        assertFails(ModelException.Code.UNSUPPORTED, "hf:owner/repo", "OtherForCausalLM");
        putFolder();
        hub.put(
                "config.json",
                CONFIG.replace("{", "{\"quantization_config\": {\"quant_method\": \"other\"}, "));
        assertFails(ModelException.Code.UNSUPPORTED, "hf:owner/repo", "'other'");
        assertThat(hub.requests()).noneMatch(path -> path.endsWith(".safetensors"));
    }

    @Test
    void pull_whenNothingCanBeRead_saysWhatIsThere() {
        hub.put("config.json", CONFIG)
                .put("pytorch_model-00001-of-00002.bin", "program")
                .put("pytorch_model-00002-of-00002.bin", "program");
        assertFails(
                ModelException.Code.UNSUPPORTED,
                "hf:owner/repo",
                "PyTorch weights (2)",
                "no tokenizer.json");
    }

    @Test
    void pull_whenContentIsWrong_saysWhichFile() {
        hub.put("tiny-Q8_0.gguf", bytes(1000, 1));
        hub.mischief =
                (exchange, path) -> {
                    if (path.endsWith(".gguf")) {
                        hub.send(exchange, bytes(1000, 2), 1000);
                    }
                    return path.endsWith(".gguf");
                };
        assertFails(ModelException.Code.CHECKSUM, "hf:owner/repo", "tiny-Q8_0.gguf", "SHA-256");
    }

    @Test
    void pull_whenDiskIsTooSmallForAll_saysSoBeforeTheFirst() {
        putFolder();
        assertFails(
                store("", _ -> 20_000),
                ModelException.Code.DISK_FULL,
                "hf:owner/repo",
                "20000 bytes",
                "TOKAMAK_CACHE");
        assertThat(hub.requests()).isEmpty();
    }

    @Test
    void pull_whenAccessIsRefused_saysWhatToDo() {
        hub.put("tiny-Q8_0.gguf", bytes(1000, 1));
        hub.mischief =
                (exchange, path) -> {
                    if (path.endsWith(".gguf")) {
                        FakeRepository.refuse(exchange, 403, "GatedRepo");
                    }
                    return path.endsWith(".gguf");
                };
        assertFails(
                store("", _ -> Long.MAX_VALUE),
                ModelException.Code.DOWNLOAD,
                "hf:owner/repo",
                "gated",
                "set HF_TOKEN");
        assertFails(ModelException.Code.DOWNLOAD, "hf:owner/repo", "account of HF_TOKEN may not");
        assertFails(ModelException.Code.NOT_FOUND, "hf:owner/none", "no such repository");
        hub.mischief =
                (exchange, _) -> {
                    FakeRepository.refuse(exchange, 401, "RepoNotFound");
                    return true;
                };
        assertFails(ModelException.Code.DOWNLOAD, "hf:owner/none", "or it is private");
    }

    @Test
    void pull_whenNameIsMalformed_saysTheForm() {
        for (String name : List.of("hf:", "hf:repo", "hf:a/b/c", "hf:../b", "hf:a/..", "hf:a/b:")) {
            assertFails(ModelException.Code.NOT_FOUND, name, name, "hf:OWNER/REPOSITORY");
        }
    }

    @Test
    void remove_ofOneOfTwo_keepsTheOther() {
        hub.put("big-Q4_0.gguf", bytes(2000, 1)).put("big-Q8_0.gguf", bytes(4000, 2));
        ModelStore store = store();
        Path small = store.pull("hf:owner/repo:Q4_0", listener);
        Path large = store.pull("hf:owner/repo:Q8_0", listener);
        assertThat(store.remove("hf:owner/repo:Q8_0")).isEqualTo(4000);
        assertThat(large).doesNotExist();
        assertThat(store.pulled()).extracting(PulledModel::target).containsExactly(small);
        assertThat(store.remove("hf:owner/repo")).isEqualTo(2000);
        assertThat(small.getParent()).doesNotExist();
        assertThatThrownBy(() -> store.remove("hf:owner/repo"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("not in the cache");
        assertThatThrownBy(() -> store.locate("hf:owner/repo"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("tokamak pull");
    }
}
