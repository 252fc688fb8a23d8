package io.sparkefa.transport.faulty;

import io.sparkefa.transport.Transport;
import io.sparkefa.transport.TransportFailureContractTest;
import io.sparkefa.transport.loopback.LoopbackNetwork;
import io.sparkefa.transport.loopback.LoopbackTransport;

/** What the fault layer adds, it ends as the interface says. */
class FaultyTransportFailureContractTest extends TransportFailureContractTest {

    private final LoopbackNetwork loopback = new LoopbackNetwork(null);

    @Override
    protected Transport newTransport() {
        return FaultyTransportContractTest.newTransport(new LoopbackTransport(loopback));
    }
}
