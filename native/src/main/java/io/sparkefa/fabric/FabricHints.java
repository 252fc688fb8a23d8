package io.sparkefa.fabric;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What {@code fi_getinfo} is asked for: reliable datagram endpoints ({@code FI_EP_RDM}) of one provider. Everything else is as
 * the EFA provider needs it: progress as the provider likes it, calls from several threads (registration and signals come from
 * others than the endpoint's), an address table, and memory registration with local keys, virtual addresses and keys of the
 * provider's choice.
 *
 * @param provider such as {@code efa} or {@code tcp;ofi_rxm}
 * @param fabric name of the fabric; needed to tell {@code efa} from {@code efa-direct}
 * @param domain name of the domain, which is one NIC; nothing for all of them
 * @param transmitQueueSize operations that are posted and not completed; 0 for the provider's default
 * @param receiveQueueSize posted receive buffers; 0 for the provider's default
 */
public record FabricHints(
        String provider,
        Optional<String> fabric,
        Optional<String> domain,
        Set<Capability> capabilities,
        int transmitQueueSize,
        int receiveQueueSize) {

    /** All domains of the provider, with messages and remote reads. */
    public static FabricHints of(String provider) {
        Optional<String> fabric = provider.equals("efa") ? Optional.of("efa") : Optional.empty();
        Set<Capability> capabilities = EnumSet.of(
                Capability.MESSAGE,
                Capability.SEND,
                Capability.RECEIVE,
                Capability.RMA,
                Capability.READ,
                Capability.REMOTE_READ);
        if (fabric.isPresent()) {
            capabilities.add(Capability.REMOTE_COMMUNICATION);
        }
        return new FabricHints(provider, fabric, Optional.empty(), capabilities, 0, 0);
    }

    /** The same, and what can do more. */
    public FabricHints with(Capability... more) {
        Set<Capability> all = EnumSet.copyOf(capabilities);
        all.addAll(List.of(more));
        return new FabricHints(provider, fabric, domain, all, transmitQueueSize, receiveQueueSize);
    }

    public FabricHints withQueueSizes(int transmit, int receive) {
        return new FabricHints(provider, fabric, domain, capabilities, transmit, receive);
    }
}
