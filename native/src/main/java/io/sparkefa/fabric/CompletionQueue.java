package io.sparkefa.fabric;

/**
 * {@code fid_cq}. Confined to the thread that owns its domain, except {@link #signal}. Reading it is also what makes the
 * provider work: without it nothing is received, and peers wait.
 */
public interface CompletionQueue extends AutoCloseable {

    /** What {@link #read} answers when the next entry is an error. */
    int ERROR_AVAILABLE = -1;

    /** Memory for as many entries, for {@link #read} and {@link #await}; to be used with this queue only. */
    Completions newCompletions(int capacity);

    /**
     * {@code fi_cq_read}.
     *
     * @return how many entries there were, at most as many as {@code into} holds; {@link #ERROR_AVAILABLE} when
     *     {@link #readError} has to be called first
     * @throws FabricException when the queue itself is broken
     */
    int read(Completions into) throws FabricException;

    /** Whether {@link #await} blocks. False for many versions of the EFA provider. */
    boolean canBlock();

    /**
     * {@code fi_cq_sread}: as {@link #read}, but waits for the first entry.
     *
     * @param timeoutMs at most so long
     * @return also 0, early, after {@link #signal} or for no reason
     */
    int await(Completions into, int timeoutMs) throws FabricException;

    /** {@code fi_cq_signal}: wakes the thread in {@link #await}. Thread-safe. */
    void signal() throws FabricException;

    /** {@code fi_cq_readerr}, with the provider's own words. */
    CompletionError readError() throws FabricException;

    @Override
    void close() throws FabricException;
}
