package io.sparkefa.transport.efa;

import io.sparkefa.transport.Transport;
import io.sparkefa.transport.TransportFailureContractTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;

/** Over libfabric's EFA provider, on the emulated device. */
@Tag("efa")
final class EfaTransportFailureContractTest extends TransportFailureContractTest {

    private final EfaTransports transports = EfaTransports.impatientOver("efa");

    @Override
    protected Transport newTransport() {
        return transports.open();
    }

    @AfterEach
    void closeDevices() {
        transports.close();
    }
}
