package io.sparkefa.transfer;

import io.sparkefa.transport.efa.EfaTestTransport;
import io.sparkefa.transport.efa.EfaTransports;
import org.junit.jupiter.api.Tag;

/** Over libfabric's EFA provider, on the emulated device. */
@Tag("efa-reordered")
final class EfaShutdownTest extends ShutdownContractTest {

    @Override
    TestExecutor newExecutor(long receiveBytes, long stagingBytes) {
        EfaTestTransport transport = EfaTransports.overEmulatedDevice().open(receiveBytes, stagingBytes);
        return new TestExecutor(transport, transport.receive, transport.staging, transport::closeDevices);
    }
}
