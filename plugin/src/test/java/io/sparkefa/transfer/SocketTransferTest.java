package io.sparkefa.transfer;

import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transport.Transport;
import io.sparkefa.transport.socket.SocketSettings;
import io.sparkefa.transport.socket.SocketTransport;

final class SocketTransferTest extends TransferContractTest {

    @Override
    Transport newTransport() {
        return new SocketTransport(SocketSettings.defaults(), new ShuffleCounters());
    }
}
