package io.sparkefa.fabric;

class UdpRxdContractTest extends FabricContractTest {

    UdpRxdContractTest() {
        super("udp;ofi_rxd");
    }
}
