package dev.tokamak.kernels.code;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import org.junit.jupiter.api.Test;

/// Runs the bridge between the two calling conventions on whatever system this is; the system's calls are untested.
class WindowsPagesTest {

    /* Takes System V arguments, fills rdi, rsi, xmm6 and xmm15, calls what follows with Windows arguments (four registers,
     * shadow space, two on the stack) and stops at ud2 if one of these registers has changed. */
    private static final String CALL_AS_WINDOWS =
            """
            53554889e54883ec404883e4f04c894424204c894c24284989c94989d048\
            89f24889f948c7c33412000048c7c75500000048c7c66600000066480f6e\
            f3664c0f6efbe8280000004883ff5575204883fe66751a66480f7ef14839\
            d97510664c0f7ef94839d975064889ec5d5bc30f0b""";

    /* Clears xmm6 and xmm15 and writes 16 KiB down the stack. */
    private static final String SPOIL = "0f57f6450f57ff4881ec00400000488904244881c400400000";

    @Test
    void bridge_whenCalledAsWindowsDoes_movesArgumentsAndKeepsRegisters() {
        ByteArrayOutputStream code = new ByteArrayOutputStream();
        code.writeBytes(MachineCode.hex(CALL_AS_WINDOWS));
        code.writeBytes(WindowsPages.bridgeBytes());
        code.writeBytes(MachineCode.hex(SPOIL));
        code.writeBytes(MachineCode.ALTERNATING);
        try (CodeMemory memory = MachineCode.open()) {
            EmittedFunction function = memory.publish("bridge", code.toByteArray());
            assertThat(WindowsPages.bridgeBytes()).hasSize(256);
            assertThat(function.call(1, 2, 3, 4, 5, 6))
                    .isEqualTo(1 - 2 * 2 + 4 * 3 - 8 * 4 + 16 * 5 - 32 * 6);
        }
    }
}
