package dev.tokamak.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tokamak.kernels.KernelProvider.Choice;
import dev.tokamak.kernels.KernelProvider.PassedOver;
import dev.tokamak.kernels.cpu.Tier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartCacheTest {

    @TempDir private Path folder;

    @Test
    void requireStillRight_whenEveryOperationIsEmitted_keepsTheCache() throws IOException {
        Path cache = Files.createFile(folder.resolve("cache.aot"));

        StartCache.requireStillRight(cache, List.of(new Choice("norm", Tier.AVX2, List.of())));

        assertThat(cache).exists();
    }

    @Test
    void requireStillRight_whenMachineCodeIsRefused_deletesTheCacheAndSaysSo() throws IOException {
        Path cache = Files.createFile(folder.resolve("cache.aot"));
        List<Choice> choices =
                List.of(
                        new Choice("norm", Tier.AVX2, List.of()),
                        new Choice(
                                "linear",
                                Tier.SCALAR,
                                List.of(
                                        new PassedOver(
                                                Tier.AVX2, "executable memory is refused"))));

        assertThatThrownBy(() -> StartCache.requireStillRight(cache, choices))
                .hasMessageContaining("linear: ")
                .hasMessageContaining("executable memory is refused")
                .hasMessageContaining("start again");
        assertThat(cache).doesNotExist();
    }
}
