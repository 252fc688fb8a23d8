package io.sparkefa.transport.efa;

/** Over the provider whose remote reads fail one by one, as EFA's. */
class SocketsRailTest extends ProviderRailTest {

    SocketsRailTest() {
        super("sockets");
    }
}
