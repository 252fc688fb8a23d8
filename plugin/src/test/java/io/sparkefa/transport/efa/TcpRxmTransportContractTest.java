package io.sparkefa.transport.efa;

import io.sparkefa.transport.Transport;
import io.sparkefa.transport.TransportContractTest;
import org.junit.jupiter.api.AfterEach;

/** Over libfabric's provider {@code tcp;ofi_rxm}, which stands in for EFA. */
final class TcpRxmTransportContractTest extends TransportContractTest {

    private final EfaTransports transports = EfaTransports.over("tcp;ofi_rxm");

    @Override
    protected Transport newTransport() {
        return transports.open();
    }

    @AfterEach
    void closeDevices() {
        transports.close();
    }
}
