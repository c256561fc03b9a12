package dev.tokamak.kernels.code;

import dev.tokamak.kernels.assembler.Address;
import dev.tokamak.kernels.assembler.Arithmetic;
import dev.tokamak.kernels.assembler.Assembler;
import dev.tokamak.kernels.assembler.Condition;
import dev.tokamak.kernels.assembler.Gpr;
import dev.tokamak.kernels.assembler.Label;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/// Asks memory for lines that will soon be read, so that they are in the core's cache by then. Thread-safe.
public final class LineFetch {

    private static final int LINE_BYTES = 64;

    private final EmittedFunction function;

    public LineFetch(CodeMemory memory) {
        function = memory.publish("line fetch", emit());
    }

    /// Asks for as many of these bytes as the memory has. Does not wait for them and changes nothing.
    ///
    /// @throws IndexOutOfBoundsException when they start outside the memory
    public void fetch(MemorySegment memory, long offsetBytes, long bytes) {
        Objects.checkIndex(offsetBytes, memory.byteSize());
        long length = Math.min(bytes, memory.byteSize() - offsetBytes);
        long lines = (length + LINE_BYTES - 1) / LINE_BYTES;
        if (lines > 0) {
            function.callBriefly(memory.address() + offsetBytes, lines, 0, 0, 0, 0);
        }
    }

    /// rdi address of the first line, rsi how many, at least one.
    private static byte[] emit() {
        Assembler code = new Assembler();
        Label next = code.here();
        code.prefetch(Address.at(Gpr.RDI));
        code.emit(Arithmetic.ADD, Gpr.RDI, LINE_BYTES);
        code.emit(Arithmetic.SUB, Gpr.RSI, 1);
        code.jumpIf(Condition.NOT_EQUAL, next);
        code.ret();
        return code.assemble();
    }
}
