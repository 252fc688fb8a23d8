package io.sparkefa.transport.loopback;

import io.sparkefa.transport.Transport;
import io.sparkefa.transport.TransportFailureContractTest;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;

/** The model keeps the contract itself, also when it delivers out of order. */
class LoopbackTransportFailureContractTest extends TransportFailureContractTest {

    private final long seed = ThreadLocalRandom.current().nextLong();
    private final LoopbackNetwork network = new LoopbackNetwork(new SplittableRandom(seed));

    LoopbackTransportFailureContractTest() {
        System.out.println(getClass().getSimpleName() + ": seed " + seed);
    }

    @Override
    protected Transport newTransport() {
        return new LoopbackTransport(network);
    }
}
