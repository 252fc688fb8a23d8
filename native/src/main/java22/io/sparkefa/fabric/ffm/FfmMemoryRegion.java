package io.sparkefa.fabric.ffm;

import io.sparkefa.fabric.FabricException;
import io.sparkefa.fabric.MemoryRegion;
import io.sparkefa.fabric.NativeMemory;
import java.util.Objects;

/** {@code struct fid_mr}. */
final class FfmMemoryRegion implements MemoryRegion {

    private final FfmDomain domain;
    private final Fid fid;
    private final FfmNativeMemory memory;
    private final long base;
    private final long lengthBytes;
    private final long desc;
    private final long key;
    private final boolean virtualAddresses;

    FfmMemoryRegion(FfmDomain domain, long address, FfmNativeMemory memory, boolean virtualAddresses) {
        Struct region = Struct.at(address, Layouts.FID_MR);
        this.domain = domain;
        this.fid = new Fid(domain.fid().exports(), "memory region of " + domain.fid(), address, domain.fid());
        this.memory = memory;
        this.base = memory.address();
        this.lengthBytes = memory.lengthBytes();
        this.desc = region.get("mem_desc");
        this.key = region.get("key");
        this.virtualAddresses = virtualAddresses;
    }

    @Override
    public NativeMemory memory() {
        return memory;
    }

    @Override
    public long key() {
        return key;
    }

    @Override
    public long remoteAddress(long offset) {
        Objects.checkIndex(offset, lengthBytes);
        return virtualAddresses ? base + offset : offset;
    }

    /** The address of a part of it that an operation is about to use. */
    long address(long offset, long partBytes) {
        if (fid.isClosed()) {
            throw new IllegalStateException(fid + " is closed");
        }
        Objects.checkFromIndexSize(offset, partBytes, lengthBytes);
        return base + offset;
    }

    /** {@code fi_mr_desc}: with FI_MR_LOCAL every operation names its memory by it. */
    long desc() {
        return desc;
    }

    @Override
    public void close() throws FabricException {
        synchronized (domain) {
            if (!fid.isClosed()) {
                fid.close();
                memory.release();
            }
        }
    }
}
