package io.sparkefa.transfer;

import io.sparkefa.transport.efa.EfaTestTransport;
import io.sparkefa.transport.efa.EfaTransports;
import org.junit.jupiter.api.Tag;

/** Over libfabric's EFA provider, on the emulated device, with memory for four chunks. */
@Tag("efa-reordered")
final class EfaOverloadTest extends OverloadContractTest {

    private static final long CHUNK_MEMORY_BYTES = 4 << 20;

    @Override
    TestExecutor newExecutor(long receiveBytes, long stagingBytes) {
        EfaTestTransport transport =
                EfaTransports.overEmulatedDevice(CHUNK_MEMORY_BYTES).open(receiveBytes, stagingBytes);
        return new TestExecutor(transport, transport.receive, transport.staging, transport::closeDevices);
    }
}
