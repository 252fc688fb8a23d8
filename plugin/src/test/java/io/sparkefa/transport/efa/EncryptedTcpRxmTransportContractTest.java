package io.sparkefa.transport.efa;

import io.sparkefa.transport.Transport;
import io.sparkefa.transport.TransportContractTest;
import org.junit.jupiter.api.AfterEach;

/** Over libfabric's provider {@code tcp;ofi_rxm}, with sessions that are encrypted. */
final class EncryptedTcpRxmTransportContractTest extends TransportContractTest {

    private final EfaTransports transports = EfaTransports.encryptedOver("tcp;ofi_rxm");

    @Override
    protected Transport newTransport() {
        return transports.open();
    }

    @AfterEach
    void closeDevices() {
        transports.close();
    }
}
