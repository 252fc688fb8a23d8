package io.sparkefa.fabric;

import java.util.Optional;

/** {@code fid_eq}. Confined to the thread that owns the endpoint bound to it. */
public interface EventQueue extends AutoCloseable {

    /**
     * Takes the next event. For an endpoint every event is an error that belongs to none of its operations: the provider's
     * own, after which the endpoint is of no use any more, or one that a peer caused, such as a wrong key where the provider
     * emulates remote reads.
     *
     * @return nothing when all is well
     */
    Optional<EventError> poll() throws FabricException;

    @Override
    void close() throws FabricException;
}
