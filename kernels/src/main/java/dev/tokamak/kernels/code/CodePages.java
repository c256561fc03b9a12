package dev.tokamak.kernels.code;

import java.util.Locale;

/// How an operating system gives out pages of machine code. Implementations are thread-safe.
interface CodePages {

    /// Maps pages that hold this image, readable and executable but not writable, and returns their address.
    ///
    /// @param image whole pages
    /// @throws CodeMemoryRefusedException when the system refuses
    long map(byte[] image);

    /// Gives pages back; nothing may run in them.
    void unmap(long address, long bytes);

    /// What must stand ahead of each function so that the system's calls reach it with the arguments of [EmittedFunction] in
    /// the registers that it expects; empty where these are the system's own. The function follows directly.
    byte[] bridge();

    /// The pages of the system that this is.
    ///
    /// @throws CodeMemoryRefusedException where there is no way to run machine code
    static CodePages ofThisSystem() {
        return of(
                System.getProperty("os.name", "unknown"),
                System.getProperty("os.arch", "unknown"),
                CodePages.class.getModule());
    }

    /// As [#ofThisSystem()] for a system's name and architecture, and the module that makes the native calls.
    static CodePages of(String system, String architecture, Module caller) {
        if (!architecture.equals("amd64") && !architecture.equals("x86_64")) {
            throw new CodeMemoryRefusedException(
                    "machine code is emitted for x86-64 only, not for " + architecture);
        }
        if (!caller.isNativeAccessEnabled()) {
            throw new CodeMemoryRefusedException(
                    "native access is not allowed; start Java with --enable-native-access="
                            + (caller.isNamed() ? caller.getName() : "ALL-UNNAMED"));
        }
        String name = system.toLowerCase(Locale.ROOT);
        if (name.equals("linux")) {
            return PosixPages.linux();
        }
        if (name.startsWith("mac")) {
            return PosixPages.mac();
        }
        if (name.startsWith("windows")) {
            return new WindowsPages();
        }
        throw new CodeMemoryRefusedException("no way known to run machine code on " + system);
    }
}
