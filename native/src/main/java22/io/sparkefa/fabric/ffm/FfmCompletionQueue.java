package io.sparkefa.fabric.ffm;

import static io.sparkefa.fabric.ffm.Constants.FI_EAGAIN;
import static io.sparkefa.fabric.ffm.Constants.FI_EAVAIL;
import static io.sparkefa.fabric.ffm.Constants.FI_ECANCELED;
import static io.sparkefa.fabric.ffm.Constants.FI_EINTR;
import static io.sparkefa.fabric.ffm.Constants.FI_ETIMEDOUT;

import io.sparkefa.fabric.CompletionError;
import io.sparkefa.fabric.CompletionQueue;
import io.sparkefa.fabric.Completions;
import io.sparkefa.fabric.FabricException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * {@code struct fid_cq}. Its functions are read once: a provider exchanges them only when a counter is bound to an endpoint
 * of the queue, and none is here.
 */
final class FfmCompletionQueue implements CompletionQueue {

    private final Exports exports;
    private final Fid fid;
    private final boolean blocking;
    private final MemorySegment read;
    private final MemorySegment readError;
    private final MemorySegment await;
    private final MemorySegment signal;
    private final MemorySegment errorText;
    private final Arena arena = Arena.ofShared();
    private final ErrorEntry error;

    FfmCompletionQueue(Fid domain, long address, boolean blocking) {
        OpsTable ops = OpsTable.of(Struct.at(address, Layouts.FID_CQ), "ops", Layouts.FI_OPS_CQ);
        this.exports = domain.exports();
        this.fid = new Fid(exports, "completion queue of " + domain, address, domain);
        this.blocking = blocking;
        this.read = ops.function("read");
        this.readError = ops.function("readerr");
        this.await = ops.function("sread");
        this.signal = ops.function("signal");
        this.errorText = ops.function("strerror");
        this.error = new ErrorEntry(exports, arena, Layouts.FI_CQ_ERR_ENTRY);
    }

    Fid fid() {
        return fid;
    }

    @Override
    public Completions newCompletions(int capacity) {
        return new FfmCompletions(this, arena, capacity);
    }

    @Override
    public int read(Completions into) throws FabricException {
        FfmCompletions entries = own(into);
        return count(
                "fi_cq_read", DataCalls.readCompletions(read, fid.address(), entries.address(), entries.capacity()));
    }

    @Override
    public boolean canBlock() {
        return blocking;
    }

    @Override
    public int await(Completions into, int timeoutMs) throws FabricException {
        FfmCompletions entries = own(into);
        long result =
                DataCalls.awaitCompletions(await, fid.address(), entries.address(), entries.capacity(), timeoutMs);
        // ECANCELED: signalled, of the sockets provider (sock_cq_sreadfrom). ETIMEDOUT: time is up, of udp;ofi_rxd
        // (ofi_cq_sreadfrom). Others say that there is nothing.
        boolean nothing = result == -FI_ECANCELED || result == -FI_ETIMEDOUT;
        return nothing ? 0 : count("fi_cq_sread", result);
    }

    @Override
    public void signal() throws FabricException {
        // The owner must not close the queue under the hands of the thread that wants to wake it.
        synchronized (fid) {
            if (blocking && !fid.isClosed()) {
                exports.check("fi_cq_signal of " + fid, DataCalls.signal(signal, fid.address()));
            }
        }
    }

    @Override
    public CompletionError readError() throws FabricException {
        exports.check("fi_cq_readerr of " + fid, error.read(readError, fid.address()));
        return new CompletionError(
                error.get("op_context"),
                error.get("flags"),
                error.code(),
                error.providerError(),
                error.text(errorText, fid.address()));
    }

    @Override
    public void close() throws FabricException {
        synchronized (fid) {
            if (!fid.isClosed()) {
                fid.close();
                arena.close();
            }
        }
    }

    private FfmCompletions own(Completions completions) {
        FfmCompletions entries = (FfmCompletions) completions;
        if (!entries.isOf(this)) {
            throw new IllegalArgumentException("entries of another queue than the " + fid);
        }
        return entries;
    }

    private int count(String operation, long result) throws FabricException {
        if (result >= 0) {
            return (int) result;
        }
        if (result == -FI_EAGAIN || result == -FI_EINTR) {
            return 0;
        }
        if (result == -FI_EAVAIL) {
            return ERROR_AVAILABLE;
        }
        throw exports.failure(operation + " of " + fid, result);
    }
}
