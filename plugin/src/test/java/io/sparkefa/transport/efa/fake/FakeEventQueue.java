package io.sparkefa.transport.efa.fake;

import io.sparkefa.fabric.EventError;
import io.sparkefa.fabric.EventQueue;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** {@code fid_eq}. */
final class FakeEventQueue implements EventQueue {

    private final FakeFabric network;
    private final Confinement confinement;
    final Deque<EventError> events = new ArrayDeque<>();

    FakeEventQueue(FakeFabric network) {
        this.network = network;
        this.confinement = new Confinement(network, this);
        network.opened(this);
    }

    @Override
    public Optional<EventError> poll() {
        synchronized (network) {
            confinement.check();
            return Optional.ofNullable(events.poll());
        }
    }

    @Override
    public void close() {
        synchronized (network) {
            network.closed(this);
        }
    }
}
