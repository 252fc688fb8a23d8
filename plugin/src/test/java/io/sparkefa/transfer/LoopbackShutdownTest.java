package io.sparkefa.transfer;

import io.sparkefa.transport.loopback.LoopbackNetwork;
import io.sparkefa.transport.loopback.LoopbackTransport;
import java.util.SplittableRandom;

final class LoopbackShutdownTest extends ShutdownContractTest {

    private final LoopbackNetwork network = new LoopbackNetwork(new SplittableRandom(1));

    @Override
    TestExecutor newExecutor(long receiveBytes, long stagingBytes) {
        return TestExecutor.plain(new LoopbackTransport(network));
    }
}
