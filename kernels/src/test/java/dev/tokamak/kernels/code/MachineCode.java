package dev.tokamak.kernels.code;

import java.util.HexFormat;
import org.junit.jupiter.api.Assumptions;

/// Functions assembled by hand, and whether this machine can run them.
final class MachineCode {

    /// `lea rax, [rdi + rsi]; ret`
    static final byte[] SUM = hex("488d0437c3");

    /// `rdi - 2 rsi + 4 rdx - 8 rcx + 16 r8 - 32 r9`: mov rax, r9; neg, shl and add back to the first argument.
    static final byte[] ALTERNATING =
            hex("4c89c848f7d848d1e04c01c048d1e04829c848d1e04801d048d1e04829f048d1e04801f8c3");

    /// Writes 1 to `[rsi]`, waits until `[rdi]` is not 0 and returns rdx.
    static final byte[] WAIT = hex("48c70601000000f39048833f0074f84889d0c3");

    private MachineCode() {}

    /// Skips the test where machine code cannot run.
    static CodeMemory open() {
        try {
            return CodeMemory.open();
        } catch (CodeMemoryRefusedException e) {
            Assumptions.abort("machine code cannot run here: " + e.getMessage());
            throw e;
        }
    }

    static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }
}
