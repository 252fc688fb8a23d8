package io.sparkefa.transport.efa;

import io.sparkefa.transport.Transport;
import io.sparkefa.transport.TransportContractTest;
import org.junit.jupiter.api.AfterEach;

/** Over libfabric's provider {@code net}, which stands in for EFA. */
final class NetTransportContractTest extends TransportContractTest {

    private final EfaTransports transports = EfaTransports.over("net");

    @Override
    protected Transport newTransport() {
        return transports.open();
    }

    @AfterEach
    void closeDevices() {
        transports.close();
    }
}
