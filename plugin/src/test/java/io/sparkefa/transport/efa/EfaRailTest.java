package io.sparkefa.transport.efa;

import org.junit.jupiter.api.Tag;

/** Over libfabric's own EFA provider, on the emulated device. */
@Tag("efa")
class EfaRailTest extends ProviderRailTest {

    EfaRailTest() {
        super("efa");
    }
}
