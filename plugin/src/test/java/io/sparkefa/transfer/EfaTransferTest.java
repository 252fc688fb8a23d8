package io.sparkefa.transfer;

import io.sparkefa.transport.Transport;
import io.sparkefa.transport.efa.EfaTestTransport;
import io.sparkefa.transport.efa.EfaTransports;
import org.junit.jupiter.api.Tag;

/** Over libfabric's EFA provider, on the emulated device, with pools in registered memory. */
@Tag("efa")
final class EfaTransferTest extends TransferContractTest {

    @Override
    Transport newTransport() {
        throw new IllegalStateException("an EFA transport needs registered memory");
    }

    @Override
    TestExecutor newExecutor(long receiveBytes, long stagingBytes) {
        EfaTestTransport transport = EfaTransports.impatientOver("efa").open(receiveBytes, stagingBytes);
        return new TestExecutor(transport, transport.receive, transport.staging, transport::closeDevices);
    }
}
