package dev.tokamak.kernels.code;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Machine code in pages of its own, callable until this is closed. Thread-safe.
public final class CodeMemory implements AutoCloseable {

    /* A page is written once, before it becomes executable, and never again; so each publication has pages of its own, and
     * functions that are published together share them. Pages are unmapped by the collector when neither a function nor a
     * running call refers to them. Closing takes them from the functions, so nothing but running calls holds them then. */

    private static final int PAGE_BYTES = 4096;
    private static final int ALIGNMENT_BYTES = 64;

    /// `int3`: running into the gap between functions stops at once.
    private static final byte GAP = (byte) 0xCC;

    /// `mov eax, 0x70CA; ret`
    private static final byte[] PROBE = {(byte) 0xB8, (byte) 0xCA, 0x70, 0, 0, (byte) 0xC3};

    private static final long PROBE_VALUE = 0x70CA;

    private final CodePages pages;
    private final List<EmittedFunction> functions = new ArrayList<>();
    private long emittedBytes;
    private boolean closed;

    private CodeMemory(CodePages pages) {
        this.pages = pages;
    }

    /// The machine code of one function and what it is for, as messages name it. Immutable if nobody writes the array.
    @SuppressWarnings("ArrayRecordComponent")
    public record Draft(String purpose, byte[] code) {
        public Draft {
            if (code.length == 0) {
                throw new IllegalArgumentException(
                        "a function needs code, '%s' has none".formatted(purpose));
            }
        }
    }

    /// Code memory of this system, tried with a small function.
    ///
    /// @throws CodeMemoryRefusedException saying why this process may not run machine code of its own
    public static CodeMemory open() {
        return open(CodePages.ofThisSystem());
    }

    static CodeMemory open(CodePages pages) {
        CodeMemory trial = new CodeMemory(pages);
        long answer = trial.publish("probe", PROBE).callBriefly(0, 0, 0, 0, 0, 0);
        trial.close();
        if (answer != PROBE_VALUE) {
            throw new CodeMemoryRefusedException(
                    "a probe of machine code answered %d, not %d".formatted(answer, PROBE_VALUE));
        }
        return new CodeMemory(pages);
    }

    /// Makes a function of this machine code.
    ///
    /// @param purpose what it computes, for messages
    /// @throws CodeMemoryRefusedException when the system refuses memory
    /// @throws IllegalStateException when this is closed
    public EmittedFunction publish(String purpose, byte[] code) {
        return publish(List.of(new Draft(purpose, code))).getFirst();
    }

    /// Makes functions of these drafts, in their order, packed into the same pages.
    public synchronized List<EmittedFunction> publish(List<Draft> drafts) {
        if (closed) {
            throw new IllegalStateException("code memory is closed");
        }
        if (drafts.isEmpty()) {
            return List.of();
        }
        byte[] bridge = pages.bridge();
        int[] offsets = new int[drafts.size()];
        int end = 0;
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = roundUp(end, ALIGNMENT_BYTES);
            int length = Math.addExact(bridge.length, drafts.get(i).code().length);
            end = Math.addExact(offsets[i], length);
        }
        byte[] image = new byte[roundUp(end, PAGE_BYTES)];
        Arrays.fill(image, GAP);
        for (int i = 0; i < offsets.length; i++) {
            byte[] code = drafts.get(i).code();
            System.arraycopy(bridge, 0, image, offsets[i], bridge.length);
            System.arraycopy(code, 0, image, offsets[i] + bridge.length, code.length);
            emittedBytes += code.length;
        }
        MemorySegment mapped = map(image);
        List<EmittedFunction> published = new ArrayList<>();
        for (int i = 0; i < offsets.length; i++) {
            Draft draft = drafts.get(i);
            int length = draft.code().length;
            MemorySegment code = mapped.asSlice(offsets[i], bridge.length + length);
            published.add(new EmittedFunction(draft.purpose(), length, code));
        }
        functions.addAll(published);
        return List.copyOf(published);
    }

    /// The machine code published so far, without gaps.
    public synchronized long emittedBytes() {
        return emittedBytes;
    }

    /// Ends further calls of all functions; pages go back to the system when no running call is in them. Idempotent.
    @Override
    public synchronized void close() {
        closed = true;
        functions.forEach(EmittedFunction::close);
        functions.clear();
    }

    @SuppressWarnings("restricted")
    private MemorySegment map(byte[] image) {
        CodePages system = pages;
        long bytes = image.length;
        return MemorySegment.ofAddress(system.map(image))
                .reinterpret(
                        bytes, Arena.ofAuto(), segment -> system.unmap(segment.address(), bytes));
    }

    private static int roundUp(int value, int multiple) {
        return Math.addExact(value, multiple - 1) & -multiple;
    }
}
