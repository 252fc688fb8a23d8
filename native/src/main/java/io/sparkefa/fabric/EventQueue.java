package io.sparkefa.fabric;

import java.util.Optional;

/** {@code fid_eq}. Confined to the thread that owns the endpoint bound to it. */
public interface EventQueue extends AutoCloseable {

    /**
     * Takes the next event. For an endpoint every event is bad news: the provider had an error that belongs to no operation,
     * and the endpoint is of no use any more.
     *
     * @return what happened, in the provider's words; nothing when all is well
     */
    Optional<String> poll() throws FabricException;

    @Override
    void close() throws FabricException;
}
