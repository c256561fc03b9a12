package dev.tokamak.kernels.code;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.tokamak.kernels.code.CodeMemory.Draft;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class CodeMemoryTest {

    private static final Path MAPS = Path.of("/proc/self/maps");
    private static final VarHandle LONG = JAVA_LONG.varHandle();

    @Test
    void call_whenOpen_passesSixArguments() {
        try (CodeMemory memory = MachineCode.open()) {
            EmittedFunction sum = memory.publish("sum", MachineCode.SUM);
            assertThat(sum.call(40, 2, 0, 0, 0, 0)).isEqualTo(42);
            assertThat(sum.callBriefly(Long.MAX_VALUE, 1, 0, 0, 0, 0)).isEqualTo(Long.MIN_VALUE);
            EmittedFunction all = memory.publish("all", MachineCode.ALTERNATING);
            long expected = 10 - 2 * 11 + 4 * 12 - 8 * 13 + 16 * 14 - 32 * 15;
            assertThat(all.call(10, 11, 12, 13, 14, 15)).isEqualTo(expected);
            assertThat(all.callBriefly(10, 11, 12, 13, 14, 15)).isEqualTo(expected);
            assertThat(sum.purpose()).isEqualTo("sum");
            assertThat(memory.emittedBytes())
                    .isEqualTo(MachineCode.SUM.length + MachineCode.ALTERNATING.length);
        }
    }

    @Test
    void call_whenClosed_namesThePurpose() {
        CodeMemory memory = MachineCode.open();
        EmittedFunction sum = memory.publish("product of q4_0 rows", MachineCode.SUM);
        memory.close();
        memory.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> sum.call(1, 2, 0, 0, 0, 0))
                .withMessageContaining("product of q4_0 rows");
        assertThatIllegalStateException().isThrownBy(() -> sum.callBriefly(1, 2, 0, 0, 0, 0));
        assertThatIllegalStateException().isThrownBy(() -> memory.publish("x", MachineCode.SUM));
    }

    @Test
    void publish_whenManyAtOnce_packsThemAndEachWorks() {
        try (CodeMemory memory = MachineCode.open()) {
            List<Draft> drafts = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                byte[] code = new byte[1 + i]; // nops ahead of a function that returns its number
                java.util.Arrays.fill(code, (byte) 0x90);
                byte[] end = MachineCode.hex("b8%02x%02x0000c3".formatted(i & 0xFF, i >> 8));
                byte[] whole = java.util.Arrays.copyOf(code, code.length + end.length);
                System.arraycopy(end, 0, whole, code.length, end.length);
                drafts.add(new Draft("number " + i, whole));
            }
            List<EmittedFunction> functions = memory.publish(drafts);
            for (int i = 0; i < 300; i++) {
                assertThat(functions.get(i).call(0, 0, 0, 0, 0, 0)).isEqualTo(i);
                assertThat(memory.publish(List.of(drafts.get(i))).getFirst().purpose())
                        .isEqualTo("number " + i);
            }
            assertThat(memory.publish(List.of())).isEmpty();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> memory.publish("nothing", new byte[0]))
                    .withMessageContaining("nothing");
        }
    }

    @Test
    void publish_always_leavesNoPageWritableAndExecutable() throws IOException {
        Assumptions.assumeTrue(Files.isReadable(MAPS), "the system has no /proc/self/maps");
        List<Long> mapped = new ArrayList<>();
        CodePages real = realPages();
        CodePages recorded =
                new ForwardedPages(real) {
                    @Override
                    public long map(byte[] image) {
                        long address = super.map(image);
                        mapped.add(address);
                        return address;
                    }
                };
        try (CodeMemory memory = CodeMemory.open(recorded)) {
            EmittedFunction sum = memory.publish("sum", MachineCode.SUM);
            for (long address : mapped.subList(1, mapped.size())) {
                assertThat(permissions(address)).isEqualTo("r-xp");
            }
            assertThat(sum.call(1, 2, 0, 0, 0, 0)).isEqualTo(3);
        }
    }

    @Test
    void close_whileACallRuns_keepsItsPagesUntilItReturns() throws Exception {
        CountDownLatch unmapped = new CountDownLatch(2); // the probe of open() is the first
        CodePages recorded =
                new ForwardedPages(realPages()) {
                    @Override
                    public void unmap(long address, long bytes) {
                        super.unmap(address, bytes);
                        unmapped.countDown();
                    }
                };
        try (Arena arena = Arena.ofShared()) {
            MemorySegment end = arena.allocate(JAVA_LONG);
            MemorySegment begun = arena.allocate(JAVA_LONG);
            CompletableFuture<Long> result = startWaiting(recorded, end, begun);
            for (int i = 0; i < 5; i++) {
                System.gc();
            }
            assertThat(unmapped.getCount()).isPositive();
            LONG.setVolatile(end, 0L, 1L);
            assertThat(result.get()).isEqualTo(77);
        }
        for (int i = 0; i < 1000 && unmapped.getCount() > 0; i++) {
            System.gc();
            unmapped.await(20, TimeUnit.MILLISECONDS);
        }
        assertThat(unmapped.getCount()).isZero();
    }

    /// Starts a call that waits for `end`, and closes its memory while it runs.
    private static CompletableFuture<Long> startWaiting(
            CodePages pages, MemorySegment end, MemorySegment begun) {
        CompletableFuture<Long> result = new CompletableFuture<>();
        CodeMemory memory = CodeMemory.open(pages);
        EmittedFunction wait = memory.publish("wait", MachineCode.WAIT);
        Thread.ofPlatform()
                .name("running call")
                .start(
                        () -> {
                            try {
                                result.complete(
                                        wait.call(end.address(), begun.address(), 77, 0, 0, 0));
                            } catch (RuntimeException | Error e) {
                                result.completeExceptionally(e);
                            }
                        });
        while ((long) LONG.getVolatile(begun, 0L) == 0) {
            Thread.onSpinWait();
        }
        memory.close();
        return result;
    }

    @Test
    void close_whileManyCall_refusesThemWithoutACrash() throws Exception {
        for (int round = 0; round < 20; round++) {
            CodeMemory memory = MachineCode.open();
            EmittedFunction sum = memory.publish("sum", MachineCode.SUM);
            CountDownLatch started = new CountDownLatch(3);
            List<CompletableFuture<Void>> callers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                callers.add(CompletableFuture.runAsync(() -> callUntilClosed(sum, started)));
            }
            started.await();
            memory.close();
            System.gc();
            for (CompletableFuture<Void> caller : callers) {
                caller.get();
            }
        }
    }

    private static void callUntilClosed(EmittedFunction sum, CountDownLatch started) {
        long calls = 0;
        try {
            while (true) {
                long answer =
                        calls % 2 == 0
                                ? sum.call(calls, 1, 0, 0, 0, 0)
                                : sum.callBriefly(calls, 1, 0, 0, 0, 0);
                assertThat(answer).isEqualTo(++calls);
                started.countDown();
            }
        } catch (IllegalStateException e) {
            assertThat(e).hasMessageContaining("'sum'");
        }
    }

    @Test
    void open_whenTheSystemRefuses_saysWhy() {
        CodePages refusing =
                new ForwardedPages(realPages()) {
                    @Override
                    public long map(byte[] image) {
                        throw new CodeMemoryRefusedException("no executable memory today");
                    }
                };
        assertThatExceptionOfType(CodeMemoryRefusedException.class)
                .isThrownBy(() -> CodeMemory.open(refusing))
                .withMessage("no executable memory today");
    }

    @Test
    void of_whenTheSystemIsUnknown_saysSo() {
        Module here = CodeMemoryTest.class.getModule();
        assertThatExceptionOfType(CodeMemoryRefusedException.class)
                .isThrownBy(() -> CodePages.of("Linux", "aarch64", here))
                .withMessageContaining("aarch64");
        assertThatExceptionOfType(CodeMemoryRefusedException.class)
                .isThrownBy(() -> CodePages.of("Plan 9", "amd64", here))
                .withMessageContaining("Plan 9");
        assertThatExceptionOfType(CodeMemoryRefusedException.class)
                .isThrownBy(
                        () ->
                                CodePages.of(
                                        "Linux",
                                        "amd64",
                                        ModuleLayer.boot().findModule("java.xml").orElseThrow()))
                .withMessageContaining("--enable-native-access=");
    }

    private static CodePages realPages() {
        MachineCode.open().close();
        return CodePages.ofThisSystem();
    }

    private static String permissions(long address) throws IOException {
        for (String line : Files.readAllLines(MAPS)) {
            String[] words = line.split("[- ]", 3);
            if (Long.parseUnsignedLong(words[0], 16) <= address
                    && address < Long.parseUnsignedLong(words[1], 16)) {
                return words[2].substring(0, 4);
            }
        }
        return "absent";
    }

    /// Pages of the system, to be overridden in part.
    private static class ForwardedPages implements CodePages {
        private final CodePages real;

        ForwardedPages(CodePages real) {
            this.real = real;
        }

        @Override
        public long map(byte[] image) {
            return real.map(image);
        }

        @Override
        public void unmap(long address, long bytes) {
            real.unmap(address, bytes);
        }

        @Override
        public byte[] bridge() {
            return real.bridge();
        }
    }
}
