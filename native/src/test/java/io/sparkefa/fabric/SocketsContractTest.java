package io.sparkefa.fabric;

class SocketsContractTest extends FabricContractTest {

    SocketsContractTest() {
        super("sockets");
    }
}
