package io.sparkefa.transport.faulty;

import io.sparkefa.transport.Transport;
import io.sparkefa.transport.TransportContractTest;
import io.sparkefa.transport.loopback.LoopbackNetwork;
import io.sparkefa.transport.loopback.LoopbackTransport;
import java.util.SplittableRandom;

/** The fault layer changes nothing when its plan has no faults. */
class FaultyTransportContractTest extends TransportContractTest {

    private static final TimelineThread TIMELINE = new TimelineThread();

    private final LoopbackNetwork loopback = new LoopbackNetwork(null);

    @Override
    protected Transport newTransport() {
        return newTransport(new LoopbackTransport(loopback));
    }

    static Transport newTransport(Transport inner) {
        return new FaultyTransport(
                new FaultyNetwork(TIMELINE, FaultPlan.NONE, new SplittableRandom(0), fault -> {}), inner);
    }
}
