package io.sparkefa.transport.efa;

import io.sparkefa.fabric.Libfabric;
import org.junit.jupiter.api.Tag;

/** Over libfabric's own EFA provider, on the emulated device. */
@Tag("efa-in-order")
final class EfaSessionAttackTest extends SessionAttackTest {

    EfaSessionAttackTest() {
        super("efa");
    }

    @Override
    Libfabric libfabric(String host) {
        return ProviderRailTest.installed("efa");
    }
}
