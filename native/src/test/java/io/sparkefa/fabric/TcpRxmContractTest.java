package io.sparkefa.fabric;

import java.util.Optional;

class TcpRxmContractTest extends FabricContractTest {

    TcpRxmContractTest() {
        super("tcp;ofi_rxm");
    }

    @Override
    Optional<String> whyWrongKeysAreNotTried() {
        return Optional.of("a wrong key breaks the connection");
    }
}
