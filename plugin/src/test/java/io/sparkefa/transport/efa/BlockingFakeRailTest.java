package io.sparkefa.transport.efa;

import io.sparkefa.fabric.Libfabric;
import io.sparkefa.transport.efa.fake.FakeFabric;
import org.junit.jupiter.api.AfterEach;

/** As {@link FakeRailTest}, with completion queues that can block, without one-sided reads, and with little room. */
class BlockingFakeRailTest extends RailContractTest {

    private final FakeFabric fabric = new FakeFabric(2);

    BlockingFakeRailTest() {
        super("efa");
        fabric.change(behaviour -> {
            behaviour.blocking = true;
            behaviour.oneSidedReads = false;
            behaviour.againPerMille = 300;
            behaviour.unexpectedMessages = 5;
        });
    }

    @Override
    Libfabric libfabric(String host) {
        return fabric.host(host, 1).withMaxQueue(8);
    }

    @AfterEach
    void verify() {
        close();
        fabric.verifyAllClosed();
    }
}
