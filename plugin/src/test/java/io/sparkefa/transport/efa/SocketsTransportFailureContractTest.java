package io.sparkefa.transport.efa;

import io.sparkefa.transport.Transport;
import io.sparkefa.transport.TransportFailureContractTest;
import org.junit.jupiter.api.AfterEach;

/** Over libfabric's provider {@code sockets}, which stands in for EFA. */
final class SocketsTransportFailureContractTest extends TransportFailureContractTest {

    private final EfaTransports transports = EfaTransports.impatientOver("sockets");

    @Override
    protected Transport newTransport() {
        return transports.open();
    }

    @AfterEach
    void closeDevices() {
        transports.close();
    }
}
