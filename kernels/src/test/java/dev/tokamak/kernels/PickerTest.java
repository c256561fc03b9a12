package dev.tokamak.kernels;

import static dev.tokamak.kernels.Operation.emitted;
import static dev.tokamak.kernels.Operation.scalar;
import static dev.tokamak.kernels.Operation.vector;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.tokamak.kernels.KernelProvider.PassedOver;
import dev.tokamak.kernels.code.CodeMemory;
import dev.tokamak.kernels.code.CodeMemoryRefusedException;
import dev.tokamak.kernels.cpu.CpuFeature;
import dev.tokamak.kernels.cpu.CpuFeatures;
import dev.tokamak.kernels.cpu.Tier;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class PickerTest {

    private static final Set<CpuFeature> WIDE = Tier.AVX512_VNNI.required();
    private static final Set<CpuFeature> NONE = EnumSet.noneOf(CpuFeature.class);

    /// Implementations are words; one that begins like the reference agrees with it.
    private static final Operation<String> WORDS =
            new Operation<>(
                    "words",
                    (reference, candidate) -> candidate.startsWith(reference),
                    List.of(
                            emitted(Tier.AMX_INT8, code -> "word of tiles"),
                            emitted(Tier.AVX512_VNNI, code -> "word of 512 bits"),
                            emitted(Tier.AVX2, code -> "word of 256 bits"),
                            vector(() -> "word of vectors"),
                            scalar(() -> "word")));

    @Test
    void pick_whenTheProcessorLacksATier_takesTheNextAndSaysWhy() {
        Picker picker = new Picker(machine(WIDE), Tier.AMX_INT8, true);
        assertThat(picker.pick(WORDS)).isEqualTo("word of 512 bits");
        assertThat(picker.choices().getFirst().passedOver())
                .containsExactly(new PassedOver(Tier.AMX_INT8, "no amx-tile on this processor"));
        assertThat(picker.choices().getFirst().reason())
                .isEqualTo("self-check passed; amx-int8: no amx-tile on this processor");
    }

    @Test
    void pick_whenTheSystemWithholdsAFeature_saysSo() {
        CpuFeatures cpu =
                new CpuFeatures(
                        "x",
                        "y",
                        WIDE,
                        Map.of(CpuFeature.AMX_TILE, "the system refused permission"),
                        List.of(),
                        "a test");
        Picker picker =
                new Picker(new Machine(cpu, () -> 0, PickerTest::code), Tier.AMX_INT8, true);
        assertThat(picker.pick(WORDS)).isEqualTo("word of 512 bits");
        assertThat(picker.choices().getFirst().reason())
                .contains("amx-int8: no amx-tile: the system refused permission");
    }

    @Test
    void pick_whenCapped_skipsFasterTiers() {
        Picker picker = new Picker(machine(WIDE), Tier.AVX_VNNI, true);
        assertThat(picker.pick(WORDS)).isEqualTo("word of 256 bits");
        assertThat(picker.choices().getFirst().passedOver())
                .extracting(PassedOver::reason)
                .containsOnly("capped by TOKAMAK_ISA")
                .hasSize(2);
        assertThat(new Picker(machine(WIDE), Tier.VECTOR_API, true).pick(WORDS))
                .isEqualTo("word of vectors");
        assertThat(new Picker(machine(WIDE), Tier.SCALAR, true).pick(WORDS)).isEqualTo("word");
    }

    @Test
    void pick_whenAFasterTierWorks_makesNoSlowerOne() {
        Operation<String> watched =
                new Operation<>(
                        "watched",
                        String::equals,
                        List.of(
                                emitted(Tier.AVX2, code -> "word"),
                                vector(
                                        () -> {
                                            throw new AssertionError("loaded");
                                        }),
                                scalar(() -> "word")));
        Machine machine =
                new Machine(
                        KernelProviderTest.cpu(WIDE),
                        () -> {
                            throw new AssertionError("asked for vectors");
                        },
                        PickerTest::code);
        Picker picker = new Picker(machine, Tier.AMX_INT8, true);
        picker.pick(watched);
        assertThat(picker.choices().getFirst().tier()).isEqualTo(Tier.AVX2);
    }

    @Test
    void pick_whenTheSelfCheckFails_takesTheNextAndSaysWhy() {
        Operation<String> wrong =
                new Operation<>(
                        "wrong",
                        String::equals,
                        List.of(
                                emitted(
                                        Tier.AVX2,
                                        code -> {
                                            throw new UnsupportedOperationException("no lanes");
                                        }),
                                vector(() -> "another word"),
                                scalar(() -> "word")));
        Picker picker = new Picker(machine(WIDE), Tier.AMX_INT8, true);
        assertThat(picker.pick(wrong)).isEqualTo("word");
        assertThat(picker.choices().getFirst().reason())
                .startsWith("the reference; avx2: ")
                .contains("no lanes")
                .endsWith("vector-api: the self-check differed from the reference");
    }

    @Test
    void pick_whenMachineCodeIsRefused_takesVectorsAndLogsOneLine() {
        Machine machine =
                new Machine(
                        KernelProviderTest.cpu(WIDE),
                        () -> 256,
                        () -> {
                            throw new CodeMemoryRefusedException("not today");
                        });
        List<String> lines = new ArrayList<>();
        Logger logger = Logger.getLogger("dev.tokamak.kernels");
        Handler handler = new LineHandler(lines);
        logger.addHandler(handler);
        try {
            Picker picker = new Picker(machine, Tier.AMX_INT8, true);
            assertThat(picker.pick(WORDS)).isEqualTo("word of vectors");
            assertThat(picker.pick(WORDS)).isEqualTo("word of vectors");
            assertThat(picker.choices().getFirst().reason())
                    .contains("avx2: machine code cannot run: ");
        } finally {
            logger.removeHandler(handler);
        }
        assertThat(lines).singleElement().asString().contains("cannot run here");
        assertThat(machine.codeInUse()).isEmpty();
    }

    @Test
    void pick_whenNoEmittedTierFits_opensNoCodeMemory() {
        Machine machine = machine(NONE);
        Picker picker = new Picker(machine, Tier.AMX_INT8, true);
        assertThat(picker.pick(WORDS)).isEqualTo("word of vectors");
        assertThat(machine.codeInUse()).isEmpty();
    }

    @Test
    void operation_whenItHasNoReference_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                new Operation<String>(
                                        "odd", String::equals, List.of(vector(() -> "word"))))
                .withMessageContaining("odd");
    }

    private static Machine machine(Set<CpuFeature> usable) {
        return new Machine(KernelProviderTest.cpu(usable), () -> 256, PickerTest::code);
    }

    private static CodeMemory code() {
        try {
            return CodeMemory.open();
        } catch (CodeMemoryRefusedException e) {
            return Assumptions.abort("machine code cannot run here: " + e.getMessage());
        }
    }

    /// Keeps what is logged as a warning or worse.
    private static final class LineHandler extends Handler {
        private final List<String> lines;

        LineHandler(List<String> lines) {
            this.lines = lines;
        }

        @Override
        public void publish(LogRecord entry) {
            if (entry.getLevel().intValue() >= Level.WARNING.intValue()) {
                lines.add(entry.getMessage());
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
