package io.sparkefa.fabric;

import java.util.Optional;

class NetContractTest extends FabricContractTest {

    NetContractTest() {
        super("net");
    }

    @Override
    Optional<String> whyWrongKeysAreNotTried() {
        return Optional.of("whether a wrong key is noticed depends on the version");
    }

    @Override
    Optional<String> whyQueuesAreNotFilled() {
        return Optional.of("nothing is accepted until it is connected, and then any number");
    }
}
