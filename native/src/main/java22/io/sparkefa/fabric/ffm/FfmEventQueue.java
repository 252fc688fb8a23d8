package io.sparkefa.fabric.ffm;

import static io.sparkefa.fabric.ffm.Constants.FI_EAGAIN;
import static io.sparkefa.fabric.ffm.Constants.FI_EAVAIL;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.sparkefa.fabric.EventError;
import io.sparkefa.fabric.EventQueue;
import io.sparkefa.fabric.FabricException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** {@code struct fid_eq}. */
final class FfmEventQueue implements EventQueue {

    /** Longer than any event; those of endpoints like ours are shorter than {@code struct fi_eq_cm_entry} with its data. */
    private static final long EVENT_BYTES = 512;

    private final Exports exports;
    private final Fid fid;
    private final MemorySegment read;
    private final MemorySegment readError;
    private final MemorySegment errorText;
    private final Arena arena = Arena.ofShared();
    private final ErrorEntry error;
    private final MemorySegment kind;
    private final MemorySegment event;

    FfmEventQueue(Fid fabric, long address) {
        OpsTable ops = OpsTable.of(Struct.at(address, Layouts.FID_EQ), "ops", Layouts.FI_OPS_EQ);
        this.exports = fabric.exports();
        this.fid = new Fid(exports, "event queue of " + fabric, address, fabric);
        this.read = ops.function("read");
        this.readError = ops.function("readerr");
        this.errorText = ops.function("strerror");
        this.error = new ErrorEntry(exports, arena, Layouts.FI_EQ_ERR_ENTRY);
        this.kind = arena.allocate(JAVA_INT);
        this.event = arena.allocate(EVENT_BYTES, JAVA_LONG.byteAlignment());
    }

    Fid fid() {
        return fid;
    }

    @Override
    public Optional<EventError> poll() throws FabricException {
        long result = ObjectCalls.readEvent(read, fid.address(), kind.address(), event.address(), event.byteSize());
        if (result == -FI_EAGAIN) {
            return Optional.empty();
        }
        if (result == -FI_EAVAIL) {
            exports.check("fi_eq_readerr", error.read(readError, fid.address()));
            return Optional.of(
                    new EventError(error.code(), error.providerError(), error.text(errorText, fid.address())));
        }
        exports.check("fi_eq_read", result);
        return Optional.of(new EventError(0, 0, "event " + kind.get(JAVA_INT, 0)));
    }

    @Override
    public void close() throws FabricException {
        if (!fid.isClosed()) {
            fid.close();
            arena.close();
        }
    }
}
