package io.sparkefa.fabric;

import org.junit.jupiter.api.Tag;

/** Over libfabric's own EFA provider, on the emulated device. */
@Tag("efa")
class EfaContractTest extends FabricContractTest {

    EfaContractTest() {
        super("efa");
    }
}
