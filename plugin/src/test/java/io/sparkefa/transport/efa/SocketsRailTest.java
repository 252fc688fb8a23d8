package io.sparkefa.transport.efa;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Over the provider whose remote reads fail one by one, as EFA's. */
class SocketsRailTest extends ProviderRailTest {

    SocketsRailTest() {
        super("sockets");
    }

    @Test
    void aWrongKeyFailsThatReadOnly() {
        Ending wrong = here.read(peer, there.exposed.remoteAddress(0, 0), there.exposed.key(0) + 1, 0, 1000);
        assertThat(wrong.awaitFailure().kind()).isEqualTo(RailFailure.Kind.BAD_KEY);
        here.read(peer, there, 5000, 1000).awaitDone();
        assertThat(here.downs).isEmpty();
        assertThat(there.downs).isEmpty();
    }
}
