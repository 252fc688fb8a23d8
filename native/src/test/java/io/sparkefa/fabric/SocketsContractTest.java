package io.sparkefa.fabric;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;

class SocketsContractTest extends FabricContractTest {

    SocketsContractTest() {
        super("sockets");
    }

    @Override
    Optional<String> whyWrongKeysAreNotTried() {
        return Optional.empty();
    }

    @Override
    Optional<String> whyQueuesAreNotFilled() {
        return Optional.of("threads of its own empty them");
    }

    @Override
    void checkWrongKey(CompletionError error) {
        assertThat(error.error()).isEqualTo(FabricError.NO_ACCESS);
        assertThat(error.text()).isNotBlank();
    }
}
