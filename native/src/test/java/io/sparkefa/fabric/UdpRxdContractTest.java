package io.sparkefa.fabric;

import java.util.Optional;

class UdpRxdContractTest extends FabricContractTest {

    UdpRxdContractTest() {
        super("udp;ofi_rxd");
    }

    @Override
    Optional<String> whyWrongKeysAreNotTried() {
        return Optional.of("an operation with a wrong key never completes");
    }

    @Override
    Optional<String> whyQueuesAreNotFilled() {
        return Optional.of("it takes any number of messages");
    }
}
