package io.sparkefa.fabric.ffm;

import static io.sparkefa.fabric.ffm.Downcalls.INT;
import static io.sparkefa.fabric.ffm.Downcalls.WORD;
import static io.sparkefa.fabric.ffm.Downcalls.unexpected;

import io.sparkefa.fabric.FabricException;
import io.sparkefa.fabric.LibraryVersion;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The functions that a {@code libfabric.so.1} exports, by name and in their newest version; thread-safe. There are few: all
 * else in its headers is inline.
 */
final class Exports {

    /** {@code uint32_t fi_version(void)}. */
    private static final MethodHandle VERSION = Downcalls.function(INT);

    /**
     * {@code int fi_getinfo(uint32_t version, const char *node, const char *service, uint64_t flags, const struct fi_info
     * *hints, struct fi_info **)}.
     */
    private static final MethodHandle GETINFO = Downcalls.function(INT, INT, WORD, WORD, WORD, WORD, WORD);

    /** {@code void fi_freeinfo(struct fi_info *)}. */
    private static final MethodHandle FREEINFO = Downcalls.procedure(WORD);

    /** {@code struct fi_info *fi_dupinfo(const struct fi_info *)}. */
    private static final MethodHandle DUPINFO = Downcalls.function(WORD, WORD);

    /** {@code int fi_fabric(struct fi_fabric_attr *, struct fid_fabric **, void *context)}. */
    private static final MethodHandle FABRIC = Downcalls.function(INT, WORD, WORD, WORD);

    /** {@code const char *fi_strerror(int)}. */
    private static final MethodHandle STRERROR = Downcalls.function(WORD, INT);

    private final MemorySegment version;
    private final MemorySegment getinfo;
    private final MemorySegment freeinfo;
    private final MemorySegment dupinfo;
    private final MemorySegment fabric;
    private final MemorySegment strerror;

    /**
     * @param library from {@link LibC#dlopen}
     * @throws IOException when it is another library
     */
    Exports(long library) throws IOException {
        this.version = symbol(library, "fi_version");
        this.getinfo = symbol(library, "fi_getinfo");
        this.freeinfo = symbol(library, "fi_freeinfo");
        this.dupinfo = symbol(library, "fi_dupinfo");
        this.fabric = symbol(library, "fi_fabric");
        this.strerror = symbol(library, "fi_strerror");
    }

    /** The file that the functions came from. */
    String path() {
        return LibC.fileOf(version);
    }

    LibraryVersion version() {
        try {
            return LibraryVersion.unpack((int) VERSION.invokeExact(version));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** @param result where the address of the first {@code fi_info} is put */
    int getInfo(int apiVersion, long hints, long result) {
        try {
            return (int) GETINFO.invokeExact(getinfo, apiVersion, 0L, 0L, 0L, hints, result);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** Frees a list with all that its members point to. */
    void freeInfo(long info) {
        try {
            FREEINFO.invokeExact(freeinfo, info);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** A copy of one {@code fi_info} without its successors; of 0 an empty one ({@code fi_allocinfo}). */
    long duplicateInfo(long info) throws FabricException {
        long copy;
        try {
            copy = (long) DUPINFO.invokeExact(dupinfo, info);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
        if (copy == 0) {
            throw failure("fi_dupinfo", -Constants.FI_ENOMEM);
        }
        return copy;
    }

    /** @param result where the address of the {@code fid_fabric} is put */
    int openFabric(long attributes, long result) {
        try {
            return (int) FABRIC.invokeExact(fabric, attributes, result, 0L);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** @param code positive */
    String errorText(int code) {
        try {
            return Struct.stringAt((long) STRERROR.invokeExact(strerror, code));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** @param result a negative {@code FI_E…} value, as calls return it */
    FabricException failure(String operation, long result) {
        int code = (int) -result;
        return new FabricException(operation, code, errorText(code));
    }

    /** Throws what a negative result means. */
    void check(String operation, long result) throws FabricException {
        if (result < 0) {
            throw failure(operation, result);
        }
    }

    private static MemorySegment symbol(long library, String name) throws IOException {
        long address = LibC.dlsym(library, name);
        if (address == 0) {
            throw new IOException("it has no function " + name);
        }
        return MemorySegment.ofAddress(address);
    }
}
