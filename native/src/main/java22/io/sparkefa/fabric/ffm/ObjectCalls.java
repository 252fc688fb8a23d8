package io.sparkefa.fabric.ffm;

import static io.sparkefa.fabric.ffm.Downcalls.INT;
import static io.sparkefa.fabric.ffm.Downcalls.NO_SUCH_FUNCTION;
import static io.sparkefa.fabric.ffm.Downcalls.WORD;
import static io.sparkefa.fabric.ffm.Downcalls.isMissing;
import static io.sparkefa.fabric.ffm.Downcalls.unexpected;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The slots of operations tables that open, set up and close objects. Each method is one C function; its first argument is the
 * address of that function, from an {@link OpsTable}. Results are as in C: negative for errors.
 */
final class ObjectCalls {

    /** {@code int close(struct fid *)}. */
    private static final MethodHandle CLOSE = Downcalls.function(INT, WORD);

    /** {@code int bind(struct fid *, struct fid *, uint64_t flags)}. */
    private static final MethodHandle BIND = Downcalls.function(INT, WORD, WORD, WORD);

    /** {@code int control(struct fid *, int command, void *)}. */
    private static final MethodHandle CONTROL = Downcalls.function(INT, WORD, INT, WORD);

    /**
     * {@code int open(struct fid_… *parent, struct fi_… *attributes, struct fid_… **result, void *context)}: domain, eq_open,
     * av_open, cq_open, endpoint.
     */
    private static final MethodHandle OPEN = Downcalls.function(INT, WORD, WORD, WORD, WORD);

    /**
     * {@code int reg(struct fid *, const void *buffer, size_t length, uint64_t access, uint64_t offset, uint64_t requested_key,
     * uint64_t flags, struct fid_mr **, void *context)}.
     */
    private static final MethodHandle MR_REG =
            Downcalls.function(INT, WORD, WORD, WORD, WORD, WORD, WORD, WORD, WORD, WORD);

    /** {@code int getname(fid_t, void *address, size_t *length)}. */
    private static final MethodHandle GETNAME = Downcalls.function(INT, WORD, WORD, WORD);

    /** {@code int getopt(fid_t, int level, int name, void *value, size_t *length)}; setopt takes the length itself. */
    private static final MethodHandle OPTION = Downcalls.function(INT, WORD, INT, INT, WORD, WORD);

    /**
     * {@code int insert(struct fid_av *, const void *address, size_t count, fi_addr_t *, uint64_t flags, void *context)}.
     */
    private static final MethodHandle AV_INSERT = Downcalls.function(INT, WORD, WORD, WORD, WORD, WORD, WORD);

    /** {@code int remove(struct fid_av *, fi_addr_t *, size_t count, uint64_t flags)}. */
    private static final MethodHandle AV_REMOVE = Downcalls.function(INT, WORD, WORD, WORD, WORD);

    /** {@code ssize_t read(struct fid_eq *, uint32_t *event, void *buffer, size_t length, uint64_t flags)}. */
    private static final MethodHandle EQ_READ = Downcalls.function(WORD, WORD, WORD, WORD, WORD, WORD);

    /** {@code ssize_t readerr(struct fid_… *, struct fi_…_err_entry *, uint64_t flags)}, of event and completion queues. */
    private static final MethodHandle READERR = Downcalls.function(WORD, WORD, WORD, WORD);

    /** {@code const char *strerror(struct fid_… *, int prov_errno, const void *err_data, char *buffer, size_t length)}. */
    private static final MethodHandle STRERROR = Downcalls.function(WORD, WORD, INT, WORD, WORD, WORD);

    private ObjectCalls() {}

    static int close(MemorySegment function, long fid) {
        if (isMissing(function)) {
            return NO_SUCH_FUNCTION;
        }
        try {
            return (int) CLOSE.invokeExact(function, fid);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static int bind(MemorySegment function, long fid, long other, long flags) {
        if (isMissing(function)) {
            return NO_SUCH_FUNCTION;
        }
        try {
            return (int) BIND.invokeExact(function, fid, other, flags);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static int control(MemorySegment function, long fid, int command, long argument) {
        if (isMissing(function)) {
            return NO_SUCH_FUNCTION;
        }
        try {
            return (int) CONTROL.invokeExact(function, fid, command, argument);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static int open(MemorySegment function, long parent, long attributes, long result) {
        if (isMissing(function)) {
            return NO_SUCH_FUNCTION;
        }
        try {
            return (int) OPEN.invokeExact(function, parent, attributes, result, 0L);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static int register(
            MemorySegment function,
            long domain,
            long address,
            long lengthBytes,
            long access,
            long requestedKey,
            long result) {
        if (isMissing(function)) {
            return NO_SUCH_FUNCTION;
        }
        try {
            return (int) MR_REG.invokeExact(
                    function, domain, address, lengthBytes, access, 0L, requestedKey, 0L, result, 0L);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static int getName(MemorySegment function, long endpoint, long buffer, long lengthPointer) {
        if (isMissing(function)) {
            return NO_SUCH_FUNCTION;
        }
        try {
            return (int) GETNAME.invokeExact(function, endpoint, buffer, lengthPointer);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** @param length of the value for setopt; a pointer to it for getopt */
    static int option(MemorySegment function, long endpoint, int name, long value, long length) {
        if (isMissing(function)) {
            return NO_SUCH_FUNCTION;
        }
        try {
            return (int) OPTION.invokeExact(function, endpoint, Constants.FI_OPT_ENDPOINT, name, value, length);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static int insert(MemorySegment function, long addressVector, long address, long result) {
        if (isMissing(function)) {
            return NO_SUCH_FUNCTION;
        }
        try {
            return (int) AV_INSERT.invokeExact(function, addressVector, address, 1L, result, 0L, 0L);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static int remove(MemorySegment function, long addressVector, long peerPointer) {
        if (isMissing(function)) {
            return NO_SUCH_FUNCTION;
        }
        try {
            return (int) AV_REMOVE.invokeExact(function, addressVector, peerPointer, 1L, 0L);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static long readEvent(MemorySegment function, long eventQueue, long eventPointer, long buffer, long lengthBytes) {
        if (isMissing(function)) {
            return NO_SUCH_FUNCTION;
        }
        try {
            return (long) EQ_READ.invokeExact(function, eventQueue, eventPointer, buffer, lengthBytes, 0L);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static long readError(MemorySegment function, long queue, long entry) {
        if (isMissing(function)) {
            return NO_SUCH_FUNCTION;
        }
        try {
            return (long) READERR.invokeExact(function, queue, entry, 0L);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** The provider's words; empty when it has none. */
    static String errorText(
            MemorySegment function, long queue, int providerError, long errorData, MemorySegment buffer) {
        if (isMissing(function)) {
            return "";
        }
        try {
            return Struct.stringAt((long) STRERROR.invokeExact(
                    function, queue, providerError, errorData, buffer.address(), buffer.byteSize()));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }
}
