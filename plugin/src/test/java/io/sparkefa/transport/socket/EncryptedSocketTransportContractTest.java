package io.sparkefa.transport.socket;

import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transport.Transport;
import io.sparkefa.transport.TransportContractTest;

class EncryptedSocketTransportContractTest extends TransportContractTest {

    @Override
    protected Transport newTransport() {
        SocketSettings settings =
                SocketSettings.defaults().withBinding("127.0.0.1", 0, 0).withEncryption(true);
        return new SocketTransport(settings, new ShuffleCounters());
    }
}
