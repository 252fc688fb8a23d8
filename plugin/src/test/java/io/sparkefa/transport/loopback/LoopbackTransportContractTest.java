package io.sparkefa.transport.loopback;

import io.sparkefa.transport.Transport;
import io.sparkefa.transport.TransportContractTest;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;

/** The model keeps the contract itself, also when it delivers out of order. */
class LoopbackTransportContractTest extends TransportContractTest {

    private final long seed = ThreadLocalRandom.current().nextLong();
    private final LoopbackNetwork network = new LoopbackNetwork(new SplittableRandom(seed));

    LoopbackTransportContractTest() {
        System.out.println(getClass().getSimpleName() + ": seed " + seed);
    }

    @Override
    protected Transport newTransport() {
        return new LoopbackTransport(network);
    }
}
