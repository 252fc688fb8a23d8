package io.sparkefa.fabric.ffm;

import static io.sparkefa.fabric.ffm.Constants.FI_ADDR_UNSPEC;
import static io.sparkefa.fabric.ffm.Constants.FI_EAGAIN;
import static io.sparkefa.fabric.ffm.Constants.FI_ENABLE;
import static io.sparkefa.fabric.ffm.Constants.FI_ETOOSMALL;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.sparkefa.fabric.Endpoint;
import io.sparkefa.fabric.EndpointOption;
import io.sparkefa.fabric.FabricException;
import io.sparkefa.fabric.MemoryRegion;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** {@code struct fid_ep}. */
final class FfmEndpoint implements Endpoint {

    /** Longer than the names of all providers. */
    private static final long NAME_BYTES = 256;

    private final Exports exports;
    private final Fid fid;
    private final FfmFabricInfo info;
    private final MemorySegment getName;
    private final MemorySegment cancel;
    private final MemorySegment getOption;
    private final MemorySegment setOption;

    // Read again once enabled: a provider may exchange these tables for the endpoint it has become by then.
    private MemorySegment receive = Downcalls.MISSING;
    private MemorySegment send = Downcalls.MISSING;
    private MemorySegment receiveTagged = Downcalls.MISSING;
    private MemorySegment sendTagged = Downcalls.MISSING;
    private MemorySegment read = Downcalls.MISSING;
    private MemorySegment write = Downcalls.MISSING;

    /** @param endpoint bound to its queues; belongs to this from now on */
    FfmEndpoint(Fid endpoint, FfmFabricInfo info) {
        Struct struct = Struct.at(endpoint.address(), Layouts.FID_EP);
        OpsTable ops = OpsTable.of(struct, "ops", Layouts.FI_OPS_EP);
        this.exports = endpoint.exports();
        this.fid = endpoint;
        this.info = info;
        this.getName = OpsTable.of(struct, "cm", Layouts.FI_OPS_CM).function("getname");
        this.cancel = ops.function("cancel");
        this.getOption = ops.function("getopt");
        this.setOption = ops.function("setopt");
    }

    @Override
    public void enable() throws FabricException {
        fid.control("fi_enable", FI_ENABLE, 0);
        Struct struct = Struct.at(fid.address(), Layouts.FID_EP);
        OpsTable messages = OpsTable.of(struct, "msg", Layouts.FI_OPS_MSG);
        OpsTable tagged = OpsTable.of(struct, "tagged", Layouts.FI_OPS_TAGGED);
        OpsTable remote = OpsTable.of(struct, "rma", Layouts.FI_OPS_RMA);
        receive = messages.function("recv");
        send = messages.function("send");
        receiveTagged = tagged.function("recv");
        sendTagged = tagged.function("send");
        read = remote.function("read");
        write = remote.function("write");
    }

    @Override
    public byte[] name() throws FabricException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment length = arena.allocateFrom(JAVA_LONG, NAME_BYTES);
            MemorySegment name = arena.allocate(NAME_BYTES, JAVA_LONG.byteAlignment());
            int result = ObjectCalls.getName(getName, fid.address(), name.address(), length.address());
            if (result == -FI_ETOOSMALL) {
                name = arena.allocate(length.get(JAVA_LONG, 0), JAVA_LONG.byteAlignment());
                result = ObjectCalls.getName(getName, fid.address(), name.address(), length.address());
            }
            exports.check("fi_getname of " + fid, result);
            return name.asSlice(0, length.get(JAVA_LONG, 0)).toArray(JAVA_BYTE);
        }
    }

    @Override
    public boolean receive(MemoryRegion local, long offset, long lengthBytes, long context) throws FabricException {
        FfmMemoryRegion region = (FfmMemoryRegion) local;
        return posted(
                "fi_recv",
                lengthBytes,
                DataCalls.message(
                        receive,
                        fid.address(),
                        region.address(offset, lengthBytes),
                        lengthBytes,
                        region.desc(),
                        FI_ADDR_UNSPEC,
                        context));
    }

    @Override
    public boolean send(MemoryRegion local, long offset, long lengthBytes, long peer, long context)
            throws FabricException {
        FfmMemoryRegion region = (FfmMemoryRegion) local;
        return posted(
                "fi_send",
                lengthBytes,
                DataCalls.message(
                        send,
                        fid.address(),
                        region.address(offset, lengthBytes),
                        lengthBytes,
                        region.desc(),
                        peer,
                        context));
    }

    @Override
    public boolean receiveTagged(MemoryRegion local, long offset, long lengthBytes, long tag, long ignore, long context)
            throws FabricException {
        FfmMemoryRegion region = (FfmMemoryRegion) local;
        return posted(
                "fi_trecv",
                lengthBytes,
                DataCalls.receiveTagged(
                        receiveTagged,
                        fid.address(),
                        region.address(offset, lengthBytes),
                        lengthBytes,
                        region.desc(),
                        FI_ADDR_UNSPEC,
                        tag,
                        ignore,
                        context));
    }

    @Override
    public boolean sendTagged(MemoryRegion local, long offset, long lengthBytes, long peer, long tag, long context)
            throws FabricException {
        FfmMemoryRegion region = (FfmMemoryRegion) local;
        return posted(
                "fi_tsend",
                lengthBytes,
                DataCalls.sendTagged(
                        sendTagged,
                        fid.address(),
                        region.address(offset, lengthBytes),
                        lengthBytes,
                        region.desc(),
                        peer,
                        tag,
                        context));
    }

    @Override
    public boolean read(
            MemoryRegion local, long offset, long lengthBytes, long peer, long remoteAddress, long key, long context)
            throws FabricException {
        FfmMemoryRegion region = (FfmMemoryRegion) local;
        return posted(
                "fi_read",
                lengthBytes,
                DataCalls.remote(
                        read,
                        fid.address(),
                        region.address(offset, lengthBytes),
                        lengthBytes,
                        region.desc(),
                        peer,
                        remoteAddress,
                        key,
                        context));
    }

    @Override
    public boolean write(
            MemoryRegion local, long offset, long lengthBytes, long peer, long remoteAddress, long key, long context)
            throws FabricException {
        FfmMemoryRegion region = (FfmMemoryRegion) local;
        return posted(
                "fi_write",
                lengthBytes,
                DataCalls.remote(
                        write,
                        fid.address(),
                        region.address(offset, lengthBytes),
                        lengthBytes,
                        region.desc(),
                        peer,
                        remoteAddress,
                        key,
                        context));
    }

    private boolean posted(String operation, long lengthBytes, long result) throws FabricException {
        if (result == 0) {
            return true;
        }
        if (result == -FI_EAGAIN) {
            return false;
        }
        throw exports.failure(operation + " of " + lengthBytes + " bytes with " + info, result);
    }

    @Override
    public void cancel(long context) throws FabricException {
        exports.check("fi_cancel at " + fid, DataCalls.cancel(cancel, fid.address(), context));
    }

    @Override
    public boolean option(EndpointOption option) throws FabricException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(JAVA_LONG);
            MemorySegment length = arena.allocateFrom(JAVA_LONG, ValueLayout.JAVA_BOOLEAN.byteSize());
            int result =
                    ObjectCalls.option(getOption, fid.address(), number(option), value.address(), length.address());
            exports.check("fi_getopt of " + option + " at " + fid, result);
            return value.get(JAVA_BYTE, 0) != 0;
        }
    }

    @Override
    public void setOption(EndpointOption option, boolean value) throws FabricException {
        try (Arena arena = Arena.ofConfined()) {
            setOption(option, arena.allocateFrom(JAVA_BYTE, (byte) (value ? 1 : 0)), Boolean.toString(value));
        }
    }

    @Override
    public void setOption(EndpointOption option, long value) throws FabricException {
        try (Arena arena = Arena.ofConfined()) {
            setOption(option, arena.allocateFrom(JAVA_LONG, value), Long.toString(value));
        }
    }

    private void setOption(EndpointOption option, MemorySegment value, String text) throws FabricException {
        int result = ObjectCalls.option(setOption, fid.address(), number(option), value.address(), value.byteSize());
        exports.check("fi_setopt of " + option + " to " + text + " at " + fid, result);
    }

    private static int number(EndpointOption option) {
        return switch (option) {
            case SHARED_MEMORY_PERMITTED -> Constants.FI_OPT_SHARED_MEMORY_PERMITTED;
            case CUDA_API_PERMITTED -> Constants.FI_OPT_CUDA_API_PERMITTED;
            case EFA_RNR_RETRY -> Constants.FI_OPT_EFA_RNR_RETRY;
            case EFA_EMULATED_READ -> Constants.FI_OPT_EFA_EMULATED_READ;
            case EFA_EMULATED_WRITE -> Constants.FI_OPT_EFA_EMULATED_WRITE;
            case EFA_USE_DEVICE_RDMA -> Constants.FI_OPT_EFA_USE_DEVICE_RDMA;
        };
    }

    @Override
    public void close() throws FabricException {
        fid.close();
    }
}
