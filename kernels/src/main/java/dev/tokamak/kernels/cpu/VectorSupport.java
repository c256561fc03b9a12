package dev.tokamak.kernels.cpu;

/// Whether and how wide the Vector API runs in this JVM. Immutable.
public final class VectorSupport {

    private static final String MODULE = "jdk.incubator.vector";

    private VectorSupport() {}

    /// Bits of the preferred vector; 0 when the module is not present.
    public static int preferredBits() {
        boolean present = ModuleLayer.boot().findModule(MODULE).isPresent();
        return present ? VectorUnit.preferredBits() : 0;
    }
}
