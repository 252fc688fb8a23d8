package io.sparkefa.transport.efa;

/** Over the provider that, as EFA, wants to be driven by hand, and is full while it connects. */
class TcpRxmRailTest extends ProviderRailTest {

    TcpRxmRailTest() {
        super("tcp;ofi_rxm");
    }
}
