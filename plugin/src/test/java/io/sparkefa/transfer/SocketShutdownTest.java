package io.sparkefa.transfer;

import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transport.socket.SocketSettings;
import io.sparkefa.transport.socket.SocketTransport;

final class SocketShutdownTest extends ShutdownContractTest {

    @Override
    TestExecutor newExecutor(long receiveBytes, long stagingBytes) {
        return TestExecutor.plain(new SocketTransport(SocketSettings.defaults(), new ShuffleCounters()));
    }
}
