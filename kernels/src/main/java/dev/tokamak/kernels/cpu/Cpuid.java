package dev.tokamak.kernels.cpu;

/// What an x86-64 processor and its operating system answer about themselves.
interface Cpuid {

    /// The registers after `cpuid`.
    record Registers(int eax, int ebx, int ecx, int edx) {}

    Registers ask(int leaf, int subleaf);

    /// Which register states the operating system saves; not to be asked unless `cpuid` reports OSXSAVE.
    long xcr0();

    /// Asks the operating system to let this process use tiles; whether it did.
    boolean requestTiles();
}
