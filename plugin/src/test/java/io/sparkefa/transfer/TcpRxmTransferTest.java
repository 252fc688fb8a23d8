package io.sparkefa.transfer;

import io.sparkefa.transport.Transport;
import io.sparkefa.transport.efa.EfaTestTransport;
import io.sparkefa.transport.efa.EfaTransports;

/** Over libfabric's provider {@code tcp;ofi_rxm}, which stands in for EFA, with pools in registered memory. */
final class TcpRxmTransferTest extends TransferContractTest {

    @Override
    Transport newTransport() {
        throw new IllegalStateException("an EFA transport needs registered memory");
    }

    @Override
    TestExecutor newExecutor(long receiveBytes, long stagingBytes) {
        EfaTestTransport transport = EfaTransports.impatientOver("tcp;ofi_rxm").open(receiveBytes, stagingBytes);
        return new TestExecutor(transport, transport.receive, transport.staging, transport::closeDevices);
    }
}
