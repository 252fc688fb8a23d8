package io.sparkefa.fabric.ffm;

import io.sparkefa.fabric.FabricException;
import java.lang.foreign.MemorySegment;

/**
 * An object of libfabric's ({@code struct fid}), and that it is open. Whoever opened it closes it; using it after that is a
 * mistake which is noticed here and not in C. As thread-safe as its owner.
 */
final class Fid {

    private final Exports exports;
    private final String name;
    private final long address;
    private final MemorySegment close;
    private final MemorySegment bind;
    private final MemorySegment control;

    /** From the moment at which closing begins; volatile because another thread than the owner may close. */
    private volatile boolean closed;

    /** @param name in C, and of what: {@code cq of efa_0-rdm} */
    Fid(Exports exports, String name, long address) {
        OpsTable ops = OpsTable.of(Struct.at(address, Layouts.FID), "ops", Layouts.FI_OPS);
        this.exports = exports;
        this.name = name;
        this.address = address;
        this.close = ops.function("close");
        this.bind = ops.function("bind");
        this.control = ops.function("control");
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
        closed = true;
        int result = ObjectCalls.close(close, address);
        if (result < 0) {
            closed = false;
            throw exports.failure("fi_close of " + name, result);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
