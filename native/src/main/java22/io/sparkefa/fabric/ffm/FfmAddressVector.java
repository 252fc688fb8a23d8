package io.sparkefa.fabric.ffm;

import static io.sparkefa.fabric.ffm.Constants.FI_ADDR_NOTAVAIL;
import static io.sparkefa.fabric.ffm.Constants.FI_EINVAL;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.sparkefa.fabric.AddressVector;
import io.sparkefa.fabric.FabricException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** {@code struct fid_av}. */
final class FfmAddressVector implements AddressVector {

    private static final int INSERTED = 1;

    /** Zeros behind an address, so that a provider that takes it for a longer one reads nothing strange. */
    private static final long PADDING_BYTES = 256;

    private final FfmFabricInfo info;
    private final Fid fid;
    private final MemorySegment insert;
    private final MemorySegment remove;

    FfmAddressVector(Fid domain, long address, FfmFabricInfo info) {
        OpsTable ops = OpsTable.of(Struct.at(address, Layouts.FID_AV), "ops", Layouts.FI_OPS_AV);
        this.info = info;
        this.fid = new Fid(domain.exports(), "address vector of " + domain, address, domain);
        this.insert = ops.function("insert");
        this.remove = ops.function("remove");
    }

    Fid fid() {
        return fid;
    }

    @Override
    public long insert(byte[] address) throws FabricException {
        String operation = "fi_av_insert of an address of " + address.length + " bytes into the " + fid;
        if (!info.isAddressLength(address.length)) {
            throw new FabricException(
                    operation, FI_EINVAL, "addresses of " + info + " have " + info.addressBytes() + " bytes");
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment copy = arena.allocate(address.length + PADDING_BYTES, JAVA_LONG.byteAlignment());
            MemorySegment.copy(address, 0, copy, JAVA_BYTE, 0, address.length);
            MemorySegment result = arena.allocate(JAVA_LONG);
            result.set(JAVA_LONG, 0, FI_ADDR_NOTAVAIL);
            int inserted = ObjectCalls.insert(insert, fid.address(), copy.address(), result.address());
            long peer = result.get(JAVA_LONG, 0);
            fid.exports().check(operation, inserted);
            if (inserted != INSERTED || peer == FI_ADDR_NOTAVAIL) {
                throw new FabricException(operation, FI_EINVAL, "the provider does not take it");
            }
            return peer;
        }
    }

    @Override
    public void remove(long peer) throws FabricException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment peers = arena.allocateFrom(JAVA_LONG, peer);
            fid.exports()
                    .check(
                            "fi_av_remove of " + peer + " from the " + fid,
                            ObjectCalls.remove(remove, fid.address(), peers.address()));
        }
    }

    @Override
    public void close() throws FabricException {
        fid.close();
    }
}
