package dev.tokamak.kernels.code;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;

/// Calls of native functions of six `long` arguments and a `long` result. Thread-safe.
final class NativeCall {

    /* One handle for everything keeps start-up short: linking one costs milliseconds. The system's functions take fewer or
     * narrower arguments, which is the same to the calling conventions of x86-64: an int is the lower half of a register,
     * further registers are ignored. Of an int result the upper half is undefined.
     *
     * Pages are unmapped when nothing refers to them, so the target is kept reachable until the call returns: the linker does
     * it for all its address arguments, the fence says it where one reads it and costs nothing. */

    private static final MethodHandle CALL = handle();

    private NativeCall() {}

    /// An ordinary call: the JVM may stop at a safepoint meanwhile.
    static long invoke(MemorySegment target, long a, long b, long c, long d, long e, long f) {
        try {
            return (long) CALL.invokeExact(target, a, b, c, d, e, f);
        } catch (Throwable thrown) {
            throw new AssertionError(thrown);
        } finally {
            Reference.reachabilityFence(target);
        }
    }

    /// A call without the transition between Java and native code: the whole JVM waits for it at a safepoint.
    static long invokeBriefly(
            MemorySegment target, long a, long b, long c, long d, long e, long f) {
        try {
            return (long) Brief.CALL.invokeExact(target, a, b, c, d, e, f);
        } catch (Throwable thrown) {
            throw new AssertionError(thrown);
        } finally {
            Reference.reachabilityFence(target);
        }
    }

    /// The handle of brief calls, linked when first used.
    private static final class Brief {
        static final MethodHandle CALL = handle(Linker.Option.critical(false));
    }

    @SuppressWarnings("restricted")
    private static MethodHandle handle(Linker.Option... options) {
        return Linker.nativeLinker()
                .downcallHandle(
                        FunctionDescriptor.of(
                                JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                                JAVA_LONG),
                        options);
    }
}
