package io.sparkefa.fabric.ffm;

import static io.sparkefa.fabric.ffm.Downcalls.INT;
import static io.sparkefa.fabric.ffm.Downcalls.NO_SUCH_FUNCTION;
import static io.sparkefa.fabric.ffm.Downcalls.WORD;
import static io.sparkefa.fabric.ffm.Downcalls.isMissing;
import static io.sparkefa.fabric.ffm.Downcalls.unexpected;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The slots of operations tables that move data and report it. As {@link ObjectCalls}: one method per C function, its address
 * first, results as in C.
 */
final class DataCalls {

    /** {@code ssize_t recv(struct fid_ep *, void *buffer, size_t length, void *desc, fi_addr_t, void *context)}; send too. */
    private static final MethodHandle MESSAGE = Downcalls.function(WORD, WORD, WORD, WORD, WORD, WORD, WORD);

    /** {@code ssize_t recv(…, fi_addr_t, uint64_t tag, uint64_t ignore, void *context)} of {@code struct fi_ops_tagged}. */
    private static final MethodHandle TAGGED_RECV =
            Downcalls.function(WORD, WORD, WORD, WORD, WORD, WORD, WORD, WORD, WORD);

    /** {@code ssize_t send(…, fi_addr_t, uint64_t tag, void *context)} of {@code struct fi_ops_tagged}. */
    private static final MethodHandle TAGGED_SEND = Downcalls.function(WORD, WORD, WORD, WORD, WORD, WORD, WORD, WORD);

    /** {@code ssize_t read(…, fi_addr_t, uint64_t address, uint64_t key, void *context)} of {@code struct fi_ops_rma}; write too. */
    private static final MethodHandle RMA = Downcalls.function(WORD, WORD, WORD, WORD, WORD, WORD, WORD, WORD, WORD);

    /** {@code ssize_t cancel(fid_t, void *context)}. */
    private static final MethodHandle CANCEL = Downcalls.function(WORD, WORD, WORD);

    /** {@code ssize_t read(struct fid_cq *, void *buffer, size_t count)}. */
    private static final MethodHandle CQ_READ = Downcalls.function(WORD, WORD, WORD, WORD);

    /** {@code ssize_t sread(struct fid_cq *, void *buffer, size_t count, const void *condition, int timeout_ms)}. */
    private static final MethodHandle CQ_SREAD = Downcalls.function(WORD, WORD, WORD, WORD, WORD, INT);

    /** {@code int signal(struct fid_cq *)}. */
    private static final MethodHandle CQ_SIGNAL = Downcalls.function(INT, WORD);

    private DataCalls() {}

    /** {@code fi_send} and {@code fi_recv}. */
    static long message(
            MemorySegment function, long endpoint, long address, long lengthBytes, long desc, long peer, long context) {
        if (isMissing(function)) {
            return NO_SUCH_FUNCTION;
        }
        try {
            return (long) MESSAGE.invokeExact(function, endpoint, address, lengthBytes, desc, peer, context);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** {@code fi_trecv}. */
    static long receiveTagged(
            MemorySegment function,
            long endpoint,
            long address,
            long lengthBytes,
            long desc,
            long peer,
            long tag,
            long ignore,
            long context) {
        if (isMissing(function)) {
            return NO_SUCH_FUNCTION;
        }
        try {
            return (long)
                    TAGGED_RECV.invokeExact(function, endpoint, address, lengthBytes, desc, peer, tag, ignore, context);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** {@code fi_tsend}. */
    static long sendTagged(
            MemorySegment function,
            long endpoint,
            long address,
            long lengthBytes,
            long desc,
            long peer,
            long tag,
            long context) {
        if (isMissing(function)) {
            return NO_SUCH_FUNCTION;
        }
        try {
            return (long) TAGGED_SEND.invokeExact(function, endpoint, address, lengthBytes, desc, peer, tag, context);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** {@code fi_read} and {@code fi_write}. */
    static long remote(
            MemorySegment function,
            long endpoint,
            long address,
            long lengthBytes,
            long desc,
            long peer,
            long remoteAddress,
            long key,
            long context) {
        if (isMissing(function)) {
            return NO_SUCH_FUNCTION;
        }
        try {
            return (long)
                    RMA.invokeExact(function, endpoint, address, lengthBytes, desc, peer, remoteAddress, key, context);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static long cancel(MemorySegment function, long endpoint, long context) {
        if (isMissing(function)) {
            return NO_SUCH_FUNCTION;
        }
        try {
            return (long) CANCEL.invokeExact(function, endpoint, context);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** {@code fi_cq_read}. */
    static long readCompletions(MemorySegment function, long queue, long buffer, long count) {
        if (isMissing(function)) {
            return NO_SUCH_FUNCTION;
        }
        try {
            return (long) CQ_READ.invokeExact(function, queue, buffer, count);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** {@code fi_cq_sread}, without a condition. */
    static long awaitCompletions(MemorySegment function, long queue, long buffer, long count, int timeoutMs) {
        if (isMissing(function)) {
            return NO_SUCH_FUNCTION;
        }
        try {
            return (long) CQ_SREAD.invokeExact(function, queue, buffer, count, 0L, timeoutMs);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static int signal(MemorySegment function, long queue) {
        if (isMissing(function)) {
            return NO_SUCH_FUNCTION;
        }
        try {
            return (int) CQ_SIGNAL.invokeExact(function, queue);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }
}
