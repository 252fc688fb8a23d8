package io.sparkefa.transport.efa.fake;

import io.sparkefa.fabric.Access;
import io.sparkefa.fabric.MemoryRegion;
import io.sparkefa.fabric.NativeMemory;
import java.util.Set;

/** {@code fid_mr}. Must not be closed while an operation of its own NIC uses it. */
final class FakeRegion implements MemoryRegion {

    final FakeDomain domain;
    final FakeMemory memory;
    private final Set<Access> access;
    private final long key;

    FakeRegion(FakeDomain domain, FakeMemory memory, Set<Access> access, long key) {
        this.domain = domain;
        this.memory = memory;
        this.access = Set.copyOf(access);
        this.key = key;
        memory.registrations++;
        domain.host.network.opened(this);
    }

    boolean allows(Access wanted) {
        return access.contains(wanted);
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
        return memory.address() + offset;
    }

    @Override
    public void close() {
        synchronized (domain.host.network) {
            for (FakeEndpoint endpoint : domain.host.network.endpoints()) {
                if (endpoint.uses(this)) {
                    domain.host.network.violation(this + " was closed while " + endpoint + " uses it");
                }
            }
            memory.registrations--;
            domain.regions.remove(key);
            domain.host.lockedBytes -= memory.lengthBytes();
            domain.host.network.closed(this);
        }
    }

    @Override
    public String toString() {
        return "registration of " + memory + " with " + domain;
    }
}
