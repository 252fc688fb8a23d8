package io.sparkefa.fabric;

import java.util.Optional;

/**
 * What somebody wants of libfabric.
 *
 * @param provider such as {@code efa} or {@code tcp;ofi_rxm}
 * @param libraryPath of {@code libfabric.so.1}; nothing to look where AWS's installer puts it, then where the system looks
 * @param lockedBytes how much memory will be registered with each NIC; 0 when that is not known yet. The EFA provider locks it
 *     into memory once for each NIC
 */
public record FabricRequest(String provider, Optional<String> libraryPath, long lockedBytes) {

    /** The EFA provider, wherever it is. */
    public static FabricRequest efa() {
        return new FabricRequest("efa", Optional.empty(), 0);
    }

    boolean isForEfa() {
        return provider.equals("efa");
    }
}
