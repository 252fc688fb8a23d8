package io.sparkefa.fabric;

/**
 * {@code fid_ep}, reliable and connectionless ({@code FI_EP_RDM}). Confined to the thread that owns its domain.
 *
 * <p>Operations are asynchronous. Each takes a {@code context}, any number, which comes back with its {@link Completions entry}
 * or {@link CompletionError}. Until then the memory belongs to the NIC, even if the peer is gone or the caller has lost
 * patience; closing the endpoint ends that for all operations, without completions.
 *
 * <p>An operation answers false when the provider's queues are full ({@code -FI_EAGAIN}): then read the completion queue, and
 * try again.
 */
public interface Endpoint extends AutoCloseable {

    /** {@code fi_enable}. */
    void enable() throws FabricException;

    /** {@code fi_getname}, once enabled: what peers insert into their address vectors. */
    byte[] name() throws FabricException;

    /** {@code fi_recv} from any peer. */
    boolean receive(MemoryRegion local, long offset, long lengthBytes, long context) throws FabricException;

    /** {@code fi_send}. */
    boolean send(MemoryRegion local, long offset, long lengthBytes, long peer, long context) throws FabricException;

    /** {@code fi_trecv} from any peer. */
    boolean receiveTagged(MemoryRegion local, long offset, long lengthBytes, long tag, long ignore, long context)
            throws FabricException;

    /** {@code fi_tsend}. */
    boolean sendTagged(MemoryRegion local, long offset, long lengthBytes, long peer, long tag, long context)
            throws FabricException;

    /**
     * {@code fi_read}: from the peer's memory into ours.
     *
     * @param peer from {@link AddressVector#insert}
     * @param remoteAddress {@link MemoryRegion#remoteAddress} at the peer
     * @param key {@link MemoryRegion#key} at the peer
     */
    boolean read(
            MemoryRegion local, long offset, long lengthBytes, long peer, long remoteAddress, long key, long context)
            throws FabricException;

    /** {@code fi_write}: from our memory into the peer's. */
    boolean write(
            MemoryRegion local, long offset, long lengthBytes, long peer, long remoteAddress, long key, long context)
            throws FabricException;

    /** {@code fi_cancel}: if it is still possible, the operation completes with {@link FabricError#CANCELLED}. */
    void cancel(long context) throws FabricException;

    /**
     * {@code fi_getopt} of an option that is a C {@code bool}.
     *
     * @throws FabricException when the provider does not know it
     */
    boolean option(EndpointOption option) throws FabricException;

    /** {@code fi_setopt}, before {@link #enable} unless the option says otherwise. */
    void setOption(EndpointOption option, boolean value) throws FabricException;

    /** {@code fi_setopt} of an option that is a {@code size_t}. */
    void setOption(EndpointOption option, long value) throws FabricException;

    /**
     * {@code fi_close}, before its queues. Waits until messages under way have been acknowledged, with many versions of the EFA
     * provider for ever when a peer is stopped; so any thread may call this, and close the queues after it, when the endpoint's
     * own thread uses none of them meanwhile.
     */
    @Override
    void close() throws FabricException;
}
