package dev.tokamak.kernels.cpu;

import java.util.Locale;

/// A set of instructions that matters to kernels, and the register state that the operating system must save for it.
public enum CpuFeature {
    AVX2(State.AVX),
    FMA(State.AVX),
    F16C(State.AVX),
    AVX_VNNI(State.AVX),
    AVX512F(State.AVX512),
    AVX512BW(State.AVX512),
    AVX512DQ(State.AVX512),
    AVX512VL(State.AVX512),
    AVX512_VBMI(State.AVX512),
    AVX512_VNNI(State.AVX512),
    AVX512_BF16(State.AVX512),
    AMX_TILE(State.TILES),
    AMX_INT8(State.TILES),
    AMX_BF16(State.TILES),
    ASIMD(State.NONE),
    ASIMDDP(State.NONE),
    I8MM(State.NONE),
    BF16(State.NONE),
    SVE(State.NONE),
    SVE2(State.NONE);

    /// Registers beyond the basic ones, by the bits of XCR0 that say that the system saves them.
    enum State {
        NONE(0, ""),
        AVX(0x6, "256-bit registers"),
        AVX512(0xE6, "512-bit registers and masks"),
        TILES(0x60000, "tiles");

        private final long bits;
        private final String registers;

        State(long bits, String registers) {
            this.bits = bits;
            this.registers = registers;
        }

        boolean isSaved(long xcr0) {
            return (xcr0 & bits) == bits;
        }

        String registers() {
            return registers;
        }
    }

    private final State state;

    CpuFeature(State state) {
        this.state = state;
    }

    State state() {
        return state;
    }

    /// The name in messages, for example `avx512-vnni`.
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// The name in `/proc/cpuinfo`.
    String systemName() {
        return this == AVX512_VBMI ? "avx512vbmi" : name().toLowerCase(Locale.ROOT);
    }
}
