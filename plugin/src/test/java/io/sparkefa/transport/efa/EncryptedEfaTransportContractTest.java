package io.sparkefa.transport.efa;

import io.sparkefa.transport.Transport;
import io.sparkefa.transport.TransportContractTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;

/** Over libfabric's EFA provider, on the emulated device, with sessions that are encrypted. */
@Tag("efa-in-order")
final class EncryptedEfaTransportContractTest extends TransportContractTest {

    private final EfaTransports transports = EfaTransports.encryptedOver("efa");

    @Override
    protected Transport newTransport() {
        return transports.open();
    }

    @AfterEach
    void closeDevices() {
        transports.close();
    }
}
