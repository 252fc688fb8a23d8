package io.sparkefa.fabric;

/** {@code fid_av} of the kind {@code FI_AV_TABLE}. Confined to the thread that owns its domain. */
public interface AddressVector extends AutoCloseable {

    /**
     * {@code fi_av_insert}. The same address may be given another number when it is inserted again.
     *
     * @param address {@link Endpoint#name} of the peer
     * @return the {@code fi_addr_t} to name the peer by
     */
    long insert(byte[] address) throws FabricException;

    /** {@code fi_av_remove}. Only when no operation to the peer is outstanding. */
    void remove(long peer) throws FabricException;

    @Override
    void close() throws FabricException;
}
