package io.sparkefa.transport.efa;

import io.sparkefa.buffer.SlabSource;
import io.sparkefa.fabric.Access;
import io.sparkefa.fabric.FabricError;
import io.sparkefa.fabric.FabricException;
import io.sparkefa.fabric.Libfabric;
import io.sparkefa.fabric.MemoryRegion;
import io.sparkefa.fabric.NativeMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Memory that NICs may use, and a source of slabs for a {@link io.sparkefa.buffer.BufferPool} that carves it up. Thread-safe.
 *
 * <p>It stays registered from its allocation to its end, so that a key that was given to a peer is good for as long as any rail
 * is open. That is not only cheaper: where libfabric emulates remote reads, a read with a key that it does not know may crash
 * the process that is read from ({@code verified_copy_iov} of the EFA provider, from 1.17 to 2.6, uses what it did not find).
 *
 * <p>Owned by whoever allocated it. Closed after every rail that used it and before its devices. When a NIC may still use it,
 * it is leaked on purpose: by {@link #abandon}, or by itself when a rail could not close its endpoint.
 */
public final class RegisteredMemory implements SlabSource, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RegisteredMemory.class);

    /** Below this length nothing is gained by huge pages, and most of one would be wasted. */
    private static final long HUGE_PAGE_BYTES = 2 << 20;

    private final String purpose;
    private final NativeMemory memory;
    private final List<EfaDevices.Device> devices;
    /** One for each of the devices, in their order. */
    private final List<MemoryRegion> regions;

    // All below are guarded by this.
    private final Deque<ByteBuffer> freeSlabs = new ArrayDeque<>();
    private long carvedBytes;
    private boolean ended;

    private RegisteredMemory(
            String purpose, NativeMemory memory, List<EfaDevices.Device> devices, List<MemoryRegion> regions) {
        this.purpose = purpose;
        this.memory = memory;
        this.devices = devices;
        this.regions = regions;
    }

    /** @param devices with consecutive indices */
    static RegisteredMemory allocate(
            Libfabric libfabric,
            List<EfaDevices.Device> devices,
            String purpose,
            long bytes,
            Set<Access> access,
            boolean hugePages)
            throws IOException {
        NativeMemory memory = libfabric.allocate(bytes, hugePages && bytes >= HUGE_PAGE_BYTES);
        List<MemoryRegion> regions = new ArrayList<>();
        RegisteredMemory registered =
                new RegisteredMemory(purpose, memory, devices, Collections.unmodifiableList(regions));
        try {
            for (EfaDevices.Device device : devices) {
                regions.add(register(libfabric, device, purpose, memory, access));
            }
        } catch (IOException | RuntimeException | Error e) {
            registered.close();
            throw e;
        }
        return registered;
    }

    private static MemoryRegion register(
            Libfabric libfabric, EfaDevices.Device device, String purpose, NativeMemory memory, Set<Access> access)
            throws IOException {
        try {
            return device.domain.register(memory, access);
        } catch (FabricException e) {
            if (e.error() != FabricError.NO_MEMORY) {
                throw e;
            }
            long limit = libfabric.maxLockedBytes();
            throw new IOException(
                    "cannot register " + memory.lengthBytes() + " bytes for " + purpose + " with " + device.name()
                            + ": this process may lock "
                            + (limit == Long.MAX_VALUE ? "any amount of" : Long.toString(limit) + " bytes of")
                            + " memory (RLIMIT_MEMLOCK). Raise it for the service that starts executors, not only for login"
                            + " shells: LimitMEMLOCK=infinity of a systemd unit, --ulimit memlock=-1 of a container",
                    e);
        }
    }

    public long lengthBytes() {
        return memory.lengthBytes();
    }

    public boolean isHugePaged() {
        return memory.isHugePaged();
    }

    /** Where a direct buffer's remaining bytes lie in this memory; -1 when they do not, or not wholly. */
    public long offsetOf(ByteBuffer direct) {
        return memory.offsetOf(direct);
    }

    /** A direct buffer over a part of it. Must not be used after {@link #close}. */
    public ByteBuffer slice(long offset, int lengthBytes) {
        return memory.slice(offset, lengthBytes);
    }

    /** What a rail's own operations name this memory by. */
    public MemoryRegion region(int rail) {
        return regions.get(rail - devices.get(0).index);
    }

    /** What peers that read over this rail name a byte of it by. */
    public long remoteAddress(int rail, long offset) {
        return region(rail).remoteAddress(offset);
    }

    /** The key that lets peers read it over this rail. */
    public long key(int rail) {
        return region(rail).key();
    }

    /** A piece that no other slab overlaps. Those that were freed are used again for slabs of the same length. */
    @Override
    public synchronized ByteBuffer allocate(int lengthBytes) {
        if (ended) {
            throw new IllegalStateException(this + " is closed");
        }
        for (Iterator<ByteBuffer> free = freeSlabs.iterator(); free.hasNext(); ) {
            ByteBuffer slab = free.next();
            if (slab.capacity() == lengthBytes) {
                free.remove();
                return slab;
            }
        }
        if (carvedBytes + lengthBytes > memory.lengthBytes()) {
            throw new IllegalStateException(this + " has " + (memory.lengthBytes() - carvedBytes)
                    + " bytes left, too few for a slab of " + lengthBytes);
        }
        ByteBuffer slab = memory.slice(carvedBytes, lengthBytes);
        carvedBytes += lengthBytes;
        return slab;
    }

    @Override
    public synchronized void free(ByteBuffer slab) {
        if (!ended) {
            freeSlabs.add(slab);
        }
    }

    /**
     * Never frees it: a NIC, or a thread that waits for a disk, may still use it. Says so, once. Harmless when repeated, and after
     * {@link #close}.
     */
    public synchronized void abandon() {
        if (!ended) {
            ended = true;
            LOG.error("{} is left allocated for ever, because it may still be in use", this);
        }
    }

    /** Gives the memory back, unless it may still be in use. Harmless when repeated. */
    @Override
    public synchronized void close() {
        if (ended) {
            return;
        }
        if (devices.stream().anyMatch(EfaDevices.Device::isHeldForEver)) {
            abandon();
            return;
        }
        for (MemoryRegion region : regions) {
            try {
                region.close();
            } catch (FabricException e) {
                LOG.warn("a registration of {} could not be closed", this, e);
                abandon();
                return;
            }
        }
        ended = true;
        memory.close();
    }

    @Override
    public String toString() {
        return "registered memory for " + purpose + " (" + memory.lengthBytes() + " bytes"
                + (memory.isHugePaged() ? " in huge pages)" : ")");
    }
}
