package io.sparkefa.transport.efa.fake;

import io.sparkefa.fabric.Access;
import io.sparkefa.fabric.AddressVector;
import io.sparkefa.fabric.CompletionQueue;
import io.sparkefa.fabric.Domain;
import io.sparkefa.fabric.Endpoint;
import io.sparkefa.fabric.EventQueue;
import io.sparkefa.fabric.FabricException;
import io.sparkefa.fabric.FabricInfo;
import io.sparkefa.fabric.MemoryRegion;
import io.sparkefa.fabric.NativeMemory;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** {@code fid_domain}: one NIC of a host. */
final class FakeDomain implements Domain {

    final FakeHost host;
    final Map<Long, FakeRegion> regions = new HashMap<>();
    private final FabricInfo info;

    FakeDomain(FakeHost host, FabricInfo info) {
        this.host = host;
        this.info = info;
        host.network.opened(this);
    }

    @Override
    public FabricInfo info() {
        return info;
    }

    @Override
    public CompletionQueue openCompletionQueue(int size, boolean blocking) {
        synchronized (host.network) {
            return new FakeCompletionQueue(host.network, size, blocking && host.network.behaviour.blocking);
        }
    }

    @Override
    public AddressVector openAddressVector(int count) {
        synchronized (host.network) {
            return new FakeAddressVector(host.network);
        }
    }

    @Override
    public Endpoint openEndpoint(CompletionQueue completions, AddressVector addresses, EventQueue events)
            throws FabricException {
        synchronized (host.network) {
            if (host.network.behaviour.failingOpens > 0) {
                host.network.behaviour.failingOpens--;
                throw FakeFabric.failure("fi_endpoint", 12);
            }
            return new FakeEndpoint(
                    this, (FakeCompletionQueue) completions, (FakeAddressVector) addresses, (FakeEventQueue) events);
        }
    }

    @Override
    public MemoryRegion register(NativeMemory memory, Set<Access> access) throws FabricException {
        synchronized (host.network) {
            if (host.lockedBytes + memory.lengthBytes() > host.maxLockedBytes()) {
                throw FakeFabric.failure("fi_mr_reg", 12);
            }
            host.lockedBytes += memory.lengthBytes();
            // As EFA's, a key has 32 bits.
            long key = host.network.nextId() * 7919 & 0xffff_ffffL;
            FakeRegion region = new FakeRegion(this, (FakeMemory) memory, access, key);
            regions.put(key, region);
            return region;
        }
    }

    @Override
    public void close() {
        synchronized (host.network) {
            if (!regions.isEmpty()) {
                host.network.violation(this + " was closed with " + regions.size() + " registrations");
            }
            host.network.closed(this);
        }
    }

    @Override
    public String toString() {
        return info.domainName() + " of " + host;
    }
}
