package io.sparkefa.fabric.ffm;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * How C is called: by handles without an address, which are constants of the classes that hold them, so that the JIT compiles
 * the call in place; the address of the function is their first argument.
 */
final class Downcalls {

    /** {@code void *}, {@code size_t}, {@code ssize_t}, {@code uint64_t}, {@code fi_addr_t}. */
    static final MemoryLayout WORD = JAVA_LONG;

    /** {@code int}, {@code uint32_t}. */
    static final MemoryLayout INT = JAVA_INT;

    /** The address of a function that does not exist; never called. */
    static final MemorySegment MISSING = MemorySegment.NULL;

    /** What a function that does not exist would return. */
    static final int NO_SUCH_FUNCTION = -Constants.FI_ENOSYS;

    private Downcalls() {}

    static MethodHandle function(MemoryLayout result, MemoryLayout... arguments) {
        return Linker.nativeLinker().downcallHandle(FunctionDescriptor.of(result, arguments));
    }

    static MethodHandle procedure(MemoryLayout... arguments) {
        return Linker.nativeLinker().downcallHandle(FunctionDescriptor.ofVoid(arguments));
    }

    static boolean isMissing(MemorySegment function) {
        return function.address() == 0;
    }

    /** For what a handle throws: nothing that C does, so a mistake in this package. */
    static AssertionError unexpected(Throwable thrown) {
        return new AssertionError("a call of C threw", thrown);
    }
}
