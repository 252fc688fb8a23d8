package io.sparkefa.fabric;

import java.util.Optional;

/**
 * One way to reach the network, as {@code fi_getinfo} describes it: a provider on a domain. Immutable; the native structure
 * behind it is freed when nobody holds this object any more.
 */
public interface FabricInfo {

    /** {@code fabric_attr.prov_name}, layered providers with a semicolon: {@code tcp;ofi_rxm}. */
    String provider();

    String fabricName();

    /** One per NIC, such as {@code rdmap79s0-rdm}. */
    String domainName();

    /** {@code ep_attr.max_msg_size}, in bytes; also the longest remote read. */
    long maxMessageBytes();

    /** {@code tx_attr.size}: operations that may be posted and not completed. */
    int transmitQueueSize();

    /** {@code rx_attr.size}: receive buffers that may be posted. */
    int receiveQueueSize();

    /** {@code tx_attr.inject_size}, in bytes. */
    int injectBytes();

    /** {@code domain_attr.mr_mode} bits as the provider returned them. */
    int memoryRegistrationMode();

    /** The NIC behind the domain, where the provider tells. */
    Optional<Nic> nic();

    /**
     * @param device such as {@code rdmap79s0}
     * @param mtuBytes of the link; 0 when not told
     * @param speedBitsPerSecond of the link; 0 when not told
     */
    record Nic(String device, String deviceId, int mtuBytes, long speedBitsPerSecond) {}
}
