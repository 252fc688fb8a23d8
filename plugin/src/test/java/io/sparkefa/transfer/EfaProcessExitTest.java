package io.sparkefa.transfer;

import org.junit.jupiter.api.Tag;

/** Over libfabric's EFA provider, on the emulated device, which the process inherits. */
@Tag("efa-reordered")
final class EfaProcessExitTest extends ProcessExitContractTest {

    @Override
    String kind() {
        return "efa";
    }
}
