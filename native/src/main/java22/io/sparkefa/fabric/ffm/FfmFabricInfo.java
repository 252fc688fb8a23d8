package io.sparkefa.fabric.ffm;

import io.sparkefa.fabric.FabricException;
import io.sparkefa.fabric.FabricInfo;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * A copy of a {@code struct fi_info}. The copy is plain memory that no NIC sees, so the garbage collector may free it; who
 * passes {@link #address} to C keeps this object reachable during the call.
 */
final class FfmFabricInfo implements FabricInfo {

    private final MemorySegment memory;
    private final String provider;
    private final String fabricName;
    private final String domainName;
    private final long maxMessageBytes;
    private final int transmitQueueSize;
    private final int receiveQueueSize;
    private final int injectBytes;
    private final int memoryRegistrationMode;
    private final int addressFormat;
    private final int addressBytes;
    private final Optional<Nic> nic;

    private FfmFabricInfo(MemorySegment memory, Struct info) {
        Struct transmit = info.required("tx_attr", Layouts.FI_TX_ATTR);
        Struct receive = info.required("rx_attr", Layouts.FI_RX_ATTR);
        Struct endpoint = info.required("ep_attr", Layouts.FI_EP_ATTR);
        Struct domain = info.required("domain_attr", Layouts.FI_DOMAIN_ATTR);
        Struct fabric = info.required("fabric_attr", Layouts.FI_FABRIC_ATTR);
        this.memory = memory;
        this.provider = fabric.string("prov_name");
        this.fabricName = fabric.string("name");
        this.domainName = domain.string("name");
        this.maxMessageBytes = saturated(endpoint.get("max_msg_size"));
        this.transmitQueueSize = saturatedInt(transmit.get("size"));
        this.receiveQueueSize = saturatedInt(receive.get("size"));
        this.injectBytes = saturatedInt(transmit.get("inject_size"));
        this.memoryRegistrationMode = domain.getInt("mr_mode");
        this.addressFormat = info.getInt("addr_format");
        this.addressBytes = saturatedInt(info.get("src_addrlen"));
        this.nic = nicOf(info);
    }

    /** Copies {@code info}, which stays the caller's. */
    static FfmFabricInfo copyOf(Exports exports, long info) throws FabricException {
        long copy = exports.duplicateInfo(info);
        MemorySegment memory = MemorySegment.ofAddress(copy)
                .reinterpret(Layouts.FI_INFO.byteSize(), Arena.ofAuto(), ignored -> exports.freeInfo(copy));
        return new FfmFabricInfo(memory, Struct.at(copy, Layouts.FI_INFO));
    }

    long address() {
        return memory.address();
    }

    @Override
    public String provider() {
        return provider;
    }

    @Override
    public String fabricName() {
        return fabricName;
    }

    @Override
    public String domainName() {
        return domainName;
    }

    @Override
    public long maxMessageBytes() {
        return maxMessageBytes;
    }

    @Override
    public int transmitQueueSize() {
        return transmitQueueSize;
    }

    @Override
    public int receiveQueueSize() {
        return receiveQueueSize;
    }

    @Override
    public int injectBytes() {
        return injectBytes;
    }

    @Override
    public int memoryRegistrationMode() {
        return memoryRegistrationMode;
    }

    @Override
    public Optional<Nic> nic() {
        return nic;
    }

    /** Whether {@code bytes} can be the length of an address of this kind; text has any length, all others one. */
    boolean isAddressLength(int bytes) {
        return addressFormat == Constants.FI_ADDR_STR || addressBytes == 0 || bytes == addressBytes;
    }

    int addressBytes() {
        return addressBytes;
    }

    /** Whether peers name memory by its virtual address, not by an offset into the region. */
    boolean hasVirtualAddresses() {
        return (memoryRegistrationMode & (Constants.FI_MR_BASIC | Constants.FI_MR_VIRT_ADDR)) != 0;
    }

    /** Whether the provider chooses the keys of regions, and not we. */
    boolean hasProviderKeys() {
        return (memoryRegistrationMode & (Constants.FI_MR_BASIC | Constants.FI_MR_PROV_KEY)) != 0;
    }

    @Override
    public String toString() {
        return provider + " on " + domainName + " (" + fabricName + ")";
    }

    private static Optional<Nic> nicOf(Struct info) {
        Struct nic = info.pointer("nic", Layouts.FID_NIC);
        if (nic == null) {
            return Optional.empty();
        }
        Struct device = nic.pointer("device_attr", Layouts.FI_DEVICE_ATTR);
        if (device == null) {
            return Optional.empty();
        }
        Struct link = nic.pointer("link_attr", Layouts.FI_LINK_ATTR);
        return Optional.of(new Nic(
                device.string("name"),
                device.string("device_id"),
                link == null ? 0 : saturatedInt(link.get("mtu")),
                link == null ? 0 : saturated(link.get("speed"))));
    }

    private static long saturated(long unsigned) {
        return unsigned < 0 ? Long.MAX_VALUE : unsigned;
    }

    private static int saturatedInt(long unsigned) {
        return (int) Math.min(saturated(unsigned), Integer.MAX_VALUE);
    }
}
