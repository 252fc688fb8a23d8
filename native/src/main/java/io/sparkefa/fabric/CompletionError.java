package io.sparkefa.fabric;

/**
 * An operation that failed: {@code fi_cq_err_entry}.
 *
 * @param context of the operation
 * @param flags bits such as {@link Capability#READ}; not every provider sets them
 * @param code the positive {@code FI_E…} value
 * @param providerError the provider's own number; for EFA the status of the NIC ({@code EFA_IO_COMP_STATUS_…}), or from 4100
 *     that of the provider
 * @param text the provider's words, or libfabric's
 */
public record CompletionError(long context, long flags, int code, int providerError, String text) {

    public FabricError error() {
        return FabricError.of(code);
    }

    @Override
    public String toString() {
        return text + " (" + code + ", provider error " + providerError + ")";
    }
}
