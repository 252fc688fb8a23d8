package io.sparkefa.fabric;

class TcpRxmContractTest extends FabricContractTest {

    TcpRxmContractTest() {
        super("tcp;ofi_rxm");
    }
}
