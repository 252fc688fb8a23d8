package io.sparkefa.fabric;

import java.util.Optional;

/** The provider {@code net}, which from libfabric 1.18 on is what {@code tcp} is for reliable datagrams. */
class NetContractTest extends FabricContractTest {

    NetContractTest() {
        super(has("net") ? "net" : "tcp");
    }

    private static boolean has(String provider) {
        return FabricSupport.load(new FabricRequest(provider, Optional.empty(), 0))
                .available();
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
