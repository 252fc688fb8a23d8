package io.sparkefa.fabric;

class NetContractTest extends FabricContractTest {

    NetContractTest() {
        super("net");
    }
}
