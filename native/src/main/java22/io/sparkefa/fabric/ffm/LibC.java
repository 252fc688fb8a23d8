package io.sparkefa.fabric.ffm;

import static io.sparkefa.fabric.ffm.Downcalls.INT;
import static io.sparkefa.fabric.ffm.Downcalls.WORD;
import static io.sparkefa.fabric.ffm.Downcalls.unexpected;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;

/**
 * The functions of the C library that the binding needs. Those that set {@code errno} return its negation, as libfabric does.
 */
final class LibC {

    // bits/mman-linux.h, asm-generic/mman-common.h: the same on x86-64 and aarch64
    static final int PROT_READ_WRITE = 0x1 | 0x2;
    static final int MAP_PRIVATE_ANONYMOUS = 0x02 | 0x20;
    static final int MAP_HUGETLB_2MB = 0x40000 | 21 << 26;
    static final int MADV_HUGEPAGE = 14;

    /** Linux 5.14. */
    static final int MADV_POPULATE_WRITE = 23;

    /** bits/resource.h: {@code RLIMIT_MEMLOCK}. */
    static final int RLIMIT_MEMLOCK = 8;

    /** bits/dlfcn.h: {@code RTLD_NOW}, not {@code RTLD_GLOBAL}. */
    static final int RTLD_NOW = 2;

    private static final long MAP_FAILED = -1;
    private static final long NO_ERRNO_MIN = -4096;

    private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final long ERRNO = CALL_STATE.byteOffset(PathElement.groupElement("errno"));

    private static final MethodHandle DLOPEN = Downcalls.function(WORD, WORD, INT);
    private static final MethodHandle DLSYM = Downcalls.function(WORD, WORD, WORD);
    private static final MethodHandle DLERROR = Downcalls.function(WORD);
    private static final MethodHandle DLADDR = Downcalls.function(INT, WORD, WORD);
    private static final MethodHandle STRDUP = Downcalls.function(WORD, WORD);
    private static final MethodHandle SETENV = Downcalls.function(INT, WORD, WORD, INT);
    private static final MethodHandle MMAP = capturing(WORD, WORD, WORD, INT, INT, INT, WORD);
    private static final MethodHandle MUNMAP = capturing(INT, WORD, WORD);
    private static final MethodHandle MADVISE = capturing(INT, WORD, WORD, INT);
    private static final MethodHandle GETRLIMIT = capturing(INT, INT, WORD);

    private static final MemorySegment DLOPEN_ADDRESS = ofLinker("dlopen");
    private static final MemorySegment DLSYM_ADDRESS = ofLinker("dlsym");
    private static final MemorySegment DLERROR_ADDRESS = ofLinker("dlerror");
    private static final MemorySegment DLADDR_ADDRESS = ofLinker("dladdr");
    private static final MemorySegment STRDUP_ADDRESS = ofProcess("strdup");
    private static final MemorySegment SETENV_ADDRESS = ofProcess("setenv");
    private static final MemorySegment MMAP_ADDRESS = ofProcess("mmap");
    private static final MemorySegment MUNMAP_ADDRESS = ofProcess("munmap");
    private static final MemorySegment MADVISE_ADDRESS = ofProcess("madvise");
    private static final MemorySegment GETRLIMIT_ADDRESS = ofProcess("getrlimit");

    private LibC() {}

    /** Loads a library; 0 when that fails: {@link #dlerror} says why. */
    static long dlopen(String path) {
        try (Arena arena = Arena.ofConfined()) {
            return (long)
                    DLOPEN.invokeExact(DLOPEN_ADDRESS, arena.allocateFrom(path).address(), RTLD_NOW);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** The newest version of a symbol; 0 when the library has none. */
    static long dlsym(long library, String name) {
        try (Arena arena = Arena.ofConfined()) {
            return (long) DLSYM.invokeExact(
                    DLSYM_ADDRESS, library, arena.allocateFrom(name).address());
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static String dlerror() {
        try {
            return Struct.stringAt((long) DLERROR.invokeExact(DLERROR_ADDRESS));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** The file that holds the function at an address, {@code Dl_info.dli_fname}; empty when there is none. */
    static String fileOf(MemorySegment function) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(4 * JAVA_LONG.byteSize(), JAVA_LONG.byteAlignment());
            int found = (int) DLADDR.invokeExact(DLADDR_ADDRESS, function.address(), info.address());
            return found == 0 ? "" : Struct.stringAt(info.get(JAVA_LONG, 0));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** Text that C frees with {@code free}. */
    static long strdup(String text) {
        try (Arena arena = Arena.ofConfined()) {
            return (long)
                    STRDUP.invokeExact(STRDUP_ADDRESS, arena.allocateFrom(text).address());
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** Sets a variable of the environment that C sees; Java's own view of it and child processes stay as they are. */
    static void setenv(String name, String value) {
        try (Arena arena = Arena.ofConfined()) {
            int result = (int) SETENV.invokeExact(
                    SETENV_ADDRESS,
                    arena.allocateFrom(name).address(),
                    arena.allocateFrom(value).address(),
                    0);
            if (result != 0) {
                throw new IllegalStateException("setenv of " + name + " failed");
            }
        } catch (RuntimeException refused) {
            throw refused;
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** Anonymous memory; {@link #isError} of the result tells an address from an error. */
    static long mmap(long lengthBytes, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            long address = (long) MMAP.invokeExact(
                    MMAP_ADDRESS, state, 0L, lengthBytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS | flags, -1, 0L);
            return address == MAP_FAILED ? -state.get(JAVA_INT, ERRNO) : address;
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static boolean isError(long addressOrError) {
        return addressOrError < 0 && addressOrError > NO_ERRNO_MIN;
    }

    static int munmap(long address, long lengthBytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            int result = (int) MUNMAP.invokeExact(MUNMAP_ADDRESS, state, address, lengthBytes);
            return result == 0 ? 0 : -state.get(JAVA_INT, ERRNO);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static int madvise(long address, long lengthBytes, int advice) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            int result = (int) MADVISE.invokeExact(MADVISE_ADDRESS, state, address, lengthBytes, advice);
            return result == 0 ? 0 : -state.get(JAVA_INT, ERRNO);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** The soft {@code RLIMIT_MEMLOCK} in bytes; {@link Long#MAX_VALUE} for none ({@code RLIM_INFINITY} is all ones). */
    static long maxLockedBytes() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            MemorySegment limit = arena.allocate(2 * JAVA_LONG.byteSize(), JAVA_LONG.byteAlignment());
            int result = (int) GETRLIMIT.invokeExact(GETRLIMIT_ADDRESS, state, RLIMIT_MEMLOCK, limit.address());
            long softBytes = limit.get(JAVA_LONG, 0);
            return result != 0 || softBytes < 0 ? Long.MAX_VALUE : softBytes;
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    private static MethodHandle capturing(MemoryLayout result, MemoryLayout... arguments) {
        return Linker.nativeLinker()
                .downcallHandle(FunctionDescriptor.of(result, arguments), Linker.Option.captureCallState("errno"));
    }

    private static MemorySegment ofLinker(String name) {
        return Linker.nativeLinker()
                .defaultLookup()
                .find(name)
                .orElseThrow(() -> new IllegalStateException("the C library has no " + name));
    }

    /**
     * As a C program would find it: in preloaded libraries first ({@code RTLD_DEFAULT}, which is null). The linker's own
     * lookup passes them by.
     */
    private static MemorySegment ofProcess(String name) {
        long address = dlsym(0, name);
        return address == 0 ? ofLinker(name) : MemorySegment.ofAddress(address);
    }
}
