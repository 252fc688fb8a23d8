package io.sparkefa.transport.efa;

import io.sparkefa.transport.Transport;
import io.sparkefa.transport.TransportContractTest;
import org.junit.jupiter.api.AfterEach;

/** Over libfabric's provider {@code udp;ofi_rxd}, which stands in for EFA. */
final class RxdTransportContractTest extends TransportContractTest {

    private final EfaTransports transports = EfaTransports.over("udp;ofi_rxd");

    @Override
    protected Transport newTransport() {
        return transports.open();
    }

    @Override
    protected boolean isFast() {
        return false;
    }

    @AfterEach
    void closeDevices() {
        transports.close();
    }
}
