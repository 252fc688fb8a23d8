package io.sparkefa.transport.efa;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkefa.fabric.FabricRequest;
import io.sparkefa.fabric.FabricSupport;
import io.sparkefa.fabric.Libfabric;
import java.util.Optional;

/** Over libfabric as it is installed here, with one of its providers; where there is none, skipped, saying why. */
abstract class ProviderRailTest extends RailContractTest {

    private final String provider;

    ProviderRailTest(String provider) {
        super(provider);
        this.provider = provider;
    }

    @Override
    Libfabric libfabric(String host) {
        return installed(provider);
    }

    static Libfabric installed(String provider) {
        FabricSupport support = FabricSupport.load(new FabricRequest(provider, Optional.empty(), 0));
        assumeTrue(support.available(), () -> support.unavailabilityCause().orElse(""));
        return support.libfabric();
    }
}
