package io.sparkefa.fabric;

/**
 * An error that belongs to no operation: {@code fi_eq_err_entry}.
 *
 * @param code the positive {@code FI_E…} value; some providers write it negative, which is turned round
 * @param providerError the provider's own number, as in {@link CompletionError}
 * @param text the provider's words, or libfabric's
 */
public record EventError(int code, int providerError, String text) {

    @Override
    public String toString() {
        return text + " (" + code + ", provider error " + providerError + ")";
    }
}
