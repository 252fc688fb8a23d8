package io.sparkefa.fabric.ffm;

import static io.sparkefa.fabric.ffm.Constants.FI_EBUSY;

import io.sparkefa.fabric.FabricException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An object of libfabric's ({@code struct fid}), and that it is open. Whoever opened it closes it. Using it after that is a
 * mistake which is noticed here and not in C; so is closing it before those that use it, after which some providers are
 * left half closed. As thread-safe as its owner.
 */
final class Fid {

    private final Exports exports;
    private final String name;
    private final long address;
    private final MemorySegment close;
    private final MemorySegment bind;
    private final MemorySegment control;

    private final Fid[] uses;
    private final AtomicInteger userCount = new AtomicInteger();

    /** From the moment at which closing begins; volatile because another thread than the owner may close. */
    private volatile boolean closed;

    /**
     * @param name in C, and of what: {@code endpoint of efa_0-rdm}
     * @param uses what must not be closed before it
     */
    Fid(Exports exports, String name, long address, Fid... uses) {
        OpsTable ops = OpsTable.of(Struct.at(address, Layouts.FID), "ops", Layouts.FI_OPS);
        this.exports = exports;
        this.name = name;
        this.address = address;
        this.close = ops.function("close");
        this.bind = ops.function("bind");
        this.control = ops.function("control");
        this.uses = uses;
        for (Fid used : uses) {
            used.userCount.incrementAndGet();
        }
    }

    Exports exports() {
        return exports;
    }

    /** To be passed to C. */
    long address() {
        if (closed) {
            throw new IllegalStateException(name + " is closed");
        }
        return address;
    }

    boolean isClosed() {
        return closed;
    }

    /** {@code fi_ep_bind} and its like. */
    void bind(Fid other, long flags) throws FabricException {
        exports.check(
                "fi_bind of " + other.name + " to " + name, ObjectCalls.bind(bind, address(), other.address(), flags));
    }

    /** {@code fi_control}. */
    void control(String operation, int command, long argument) throws FabricException {
        exports.check(operation + " of " + name, ObjectCalls.control(control, address(), command, argument));
    }

    /** {@code fi_close}; harmless when repeated. What fails to close stays open. */
    void close() throws FabricException {
        if (closed) {
            return;
        }
        String operation = "fi_close of " + name;
        if (userCount.get() > 0) {
            throw new FabricException(operation, FI_EBUSY, userCount + " objects that use it are open");
        }
        closed = true;
        int result = ObjectCalls.close(close, address);
        if (result < 0) {
            closed = false;
            throw exports.failure(operation, result);
        }
        for (Fid used : uses) {
            used.userCount.decrementAndGet();
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
