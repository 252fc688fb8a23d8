package io.sparkefa.transport.efa;

import io.sparkefa.fabric.Libfabric;
import io.sparkefa.transport.efa.fake.FakeFabric;
import org.junit.jupiter.api.AfterEach;

/** Over a libfabric in memory, which sees whether the rail uses it rightly. */
class FakeRailTest extends RailContractTest {

    private final FakeFabric fabric = new FakeFabric(1);

    FakeRailTest() {
        super("efa");
    }

    @Override
    Libfabric libfabric(String host) {
        return fabric.host(host, 1);
    }

    @AfterEach
    void verify() {
        close();
        fabric.verifyAllClosed();
    }
}
