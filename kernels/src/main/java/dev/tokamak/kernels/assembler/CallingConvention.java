package dev.tokamak.kernels.assembler;

import java.util.Locale;

/// How a platform passes arguments and which registers a function must keep.
public enum CallingConvention {
    /// Linux, macOS and the BSDs: System V Application Binary Interface, AMD64 supplement.
    SYSTEM_V,
    /// Windows x64.
    WINDOWS;

    /// That of the machine this runs on.
    public static CallingConvention ofHost() {
        String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        return system.startsWith("windows") ? WINDOWS : SYSTEM_V;
    }
}
