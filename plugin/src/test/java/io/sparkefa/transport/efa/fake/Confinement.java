package io.sparkefa.transport.efa.fake;

import org.jspecify.annotations.Nullable;

/** Sees to it that one thread uses something, and that nobody does after it has been closed. */
final class Confinement {

    private final FakeFabric network;
    private final Object resource;
    private @Nullable Thread owner;

    Confinement(FakeFabric network, Object resource) {
        this.network = network;
        this.resource = resource;
    }

    void check() {
        Thread current = Thread.currentThread();
        if (owner == null) {
            owner = current;
        } else if (!owner.equals(current)) {
            network.violation(resource + " belongs to " + owner.getName() + " and was used by another thread");
        }
        if (!network.isOpen(resource)) {
            network.violation(resource + " was used after it had been closed");
        }
    }
}
