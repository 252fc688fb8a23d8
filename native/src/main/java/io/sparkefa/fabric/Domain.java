package io.sparkefa.fabric;

import java.util.Set;

/**
 * {@code fid_domain}: one NIC. All of what is opened from it, {@link MemoryRegion}s excepted, belongs to one thread at a time.
 * Closed after everything that was opened from it.
 */
public interface Domain extends AutoCloseable {

    FabricInfo info();

    /**
     * {@code fi_cq_open} with entries of the format {@code FI_CQ_FORMAT_TAGGED}.
     *
     * @param size entries that it must hold; nothing protects it from more
     * @param blocking whether {@link CompletionQueue#await} is wanted; not every provider can, see
     *     {@link CompletionQueue#canBlock}
     */
    CompletionQueue openCompletionQueue(int size, boolean blocking) throws FabricException;

    /**
     * {@code fi_av_open} for a table.
     *
     * @param count how many addresses to expect
     */
    AddressVector openAddressVector(int count) throws FabricException;

    /**
     * {@code fi_endpoint}, bound to its queues and its address vector, and not enabled yet, so that options can be set. An event
     * queue is not optional: without one the EFA provider aborts the process when it has an error to report.
     */
    Endpoint openEndpoint(CompletionQueue completions, AddressVector addresses, EventQueue events)
            throws FabricException;

    /**
     * {@code fi_mr_reg} of the whole memory. Thread-safe.
     *
     * @throws FabricException {@link FabricError#NO_MEMORY} when the system does not let this process lock so much
     */
    MemoryRegion register(NativeMemory memory, Set<Access> access) throws FabricException;

    @Override
    void close() throws FabricException;
}
