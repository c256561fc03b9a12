package dev.tokamak.kernels.linear;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tokamak.kernels.format.TensorType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// That the products need no more than their tier has, which a processor that has more would not show.
final class Product256Test {

    /// The first byte of every EVEX encoding, and of no other in 64-bit code.
    private static final String EVEX = "62 ";

    @TempDir Path folder;

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void emit_hasNoInstructionOfAvx512(TensorType type) throws IOException, InterruptedException {
        for (byte[] code : List.of(Product256.emitAvx2(type), Product256.emitAvxVnni(type))) {
            assertThat(instructions(code)).isNotEmpty().noneMatch(line -> line.startsWith(EVEX));
        }
    }

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void emit_addsFourProductsAtOnceOnlyWithVnni(TensorType type)
            throws IOException, InterruptedException {
        assertThat(instructions(Product256.emitAvx2(type)))
                .noneMatch(line -> line.contains("vpdpbusd"));
        assertThat(instructions(Product256.emitAvxVnni(type)))
                .noneMatch(line -> line.contains("vpmaddubsw"));
    }

    /// The instructions up to the function's end as `objdump` shows them, bytes first; skips the test where there is none.
    private List<String> instructions(byte[] code) throws IOException, InterruptedException {
        Path binary = Files.write(folder.resolve("code"), code);
        try {
            Process objdump =
                    new ProcessBuilder(
                                    "objdump",
                                    "-D",
                                    "-bbinary",
                                    "-mi386:x86-64",
                                    "--no-addresses",
                                    binary.toString())
                            .redirectErrorStream(true)
                            .start();
            String output =
                    new String(objdump.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            Assumptions.assumeTrue(objdump.waitFor() == 0, () -> "objdump refused: " + output);
            return output.lines()
                    .map(String::strip)
                    .dropWhile(line -> !line.contains("push"))
                    .takeWhile(line -> !line.endsWith("ret"))
                    .toList();
        } catch (IOException e) {
            Assumptions.abort("objdump is not installed");
            throw e;
        }
    }
}
