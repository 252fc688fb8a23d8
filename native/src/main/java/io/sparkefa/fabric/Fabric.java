package io.sparkefa.fabric;

/** {@code fid_fabric}. Closed after everything that was opened from it. */
public interface Fabric extends AutoCloseable {

    /** {@code fi_domain}. */
    Domain openDomain(FabricInfo info) throws FabricException;

    /** {@code fi_eq_open}, without a wait object. */
    EventQueue openEventQueue() throws FabricException;

    @Override
    void close() throws FabricException;
}
