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

    /**
     * {@code fi_av_remove}. Only when no operation to the peer is outstanding, and for a peer that is gone or does the same: the
     * EFA provider forgets with the address what it has agreed on with the peer. A peer that remembers does not agree on it again,
     * and after another {@link #insert} messages and reads would wait for ever.
     */
    void remove(long peer) throws FabricException;

    @Override
    void close() throws FabricException;
}
