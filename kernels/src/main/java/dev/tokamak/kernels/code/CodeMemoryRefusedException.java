package dev.tokamak.kernels.code;

/// This process may not run machine code of its own; the message says why. Kernels of the Vector API do without it.
public final class CodeMemoryRefusedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    /// @param reason a sentence for people, without a full stop
    public CodeMemoryRefusedException(String reason) {
        super(reason);
    }
}
