package io.sparkefa.transport.efa;

import io.sparkefa.transport.Transport;
import io.sparkefa.transport.TransportFailureContractTest;
import org.junit.jupiter.api.AfterEach;

/** Over libfabric's provider {@code tcp;ofi_rxm}, which stands in for EFA. */
final class TcpRxmTransportFailureContractTest extends TransportFailureContractTest {

    private final EfaTransports transports = EfaTransports.impatientOver("tcp;ofi_rxm");

    @Override
    protected Transport newTransport() {
        return transports.open();
    }

    @Override
    protected boolean closesWhatIsConnecting() {
        return false;
    }

    @AfterEach
    void closeDevices() {
        transports.close();
    }
}
