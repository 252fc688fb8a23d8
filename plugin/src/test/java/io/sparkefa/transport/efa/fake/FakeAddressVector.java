package io.sparkefa.transport.efa.fake;

import io.sparkefa.fabric.AddressVector;
import io.sparkefa.fabric.FabricException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code fid_av}: gives a new number at each insertion, even of the same address. */
final class FakeAddressVector implements AddressVector {

    private final FakeFabric network;
    private final Confinement confinement;
    private final Map<Long, byte[]> names = new HashMap<>();

    @Nullable
    FakeEndpoint endpoint;

    private long next;

    FakeAddressVector(FakeFabric network) {
        this.network = network;
        this.confinement = new Confinement(network, this);
        network.opened(this);
    }

    @Override
    public long insert(byte[] address) throws FabricException {
        synchronized (network) {
            confinement.check();
            if (address.length != 32) {
                throw FakeFabric.failure("fi_av_insert", 22);
            }
            names.put(next, address.clone());
            return next++;
        }
    }

    @Override
    public void remove(long peer) {
        synchronized (network) {
            confinement.check();
            if (names.remove(peer) == null) {
                network.violation("peer " + peer + " was removed and had not been inserted");
            }
            if (endpoint != null && endpoint.hasOperationsTo(peer)) {
                network.violation("peer " + peer + " was removed while operations to it were in flight");
            }
        }
    }

    byte @Nullable [] name(long peer) {
        return names.get(peer);
    }

    int size() {
        return names.size();
    }

    @Override
    public void close() {
        synchronized (network) {
            if (endpoint != null && network.isOpen(endpoint)) {
                network.violation("an address vector was closed before its endpoint");
            }
            network.closed(this);
        }
    }
}
