package io.sparkefa.transport.efa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.sparkefa.transport.Await;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Over libfabric's own EFA provider, on the emulated device. */
@Tag("efa")
class EfaRailTest extends ProviderRailTest {

    EfaRailTest() {
        super("efa");
    }

    @Test
    void aWrongKeyFailsThatReadOnly() {
        assumeFalse(
                "no-rdma-read".equals(System.getProperty("sparkefa.efa.variant")),
                "libfabric, where it emulates reads, may crash the process that is read from with a wrong key");
        fill(there, 20);
        // The first read may be emulated, until the two have shaken hands.
        here.read(peer, there, 5000, 100_000).awaitDone();
        Ending wrong = here.read(peer, there.exposed.remoteAddress(0, 0), there.exposed.key(0) + 1, 0, 1000);
        assertThat(wrong.awaitFailure().kind()).isEqualTo(RailFailure.Kind.BAD_KEY);
        here.read(peer, there, 200_000, 100_000).awaitDone();
        assertThat(destination(200_000, 100_000)).isEqualTo(exposed(200_000, 100_000));
        assertThat(here.downs).isEmpty();
        assertThat(there.downs).isEmpty();
    }

    @Test
    void aPeerThatWasClosedIsGone() {
        here.send(peer, bytes(1, 100)).awaitDone();
        there.rail.close();
        RailFailure failure = here.send(peer, bytes(2, 100)).awaitFailure();
        assertThat(failure.kind()).isEqualTo(RailFailure.Kind.PEER_GONE);
        assertThat(failure.cause()).hasMessageContaining("provider error 9");
        assertThat(here.downs).isEmpty();
    }

    @Test
    void aPeerThatWasRebuiltIsReachedUnderItsNewAddress() {
        fill(there, 21);
        long current = peer;
        for (int i = 1; i <= 4; i++) {
            int count = i;
            here.send(current, bytes(i, 100)).awaitDone();
            here.read(current, there, 10_000L * i, 10_000).awaitDone();
            // What is done for its sender can still be lost with the endpoint that it has come to.
            Await.until("the message", () -> there.messages.size() == count);
            if (i < 4) {
                there.aheadNs.addAndGet(2_000_000_000L);
                there.runOnRail(() -> there.rail.rebuild("a test wants it"));
                Await.until("the peer to be up again", () -> there.ups.get() == count);
                current = here.insert(there);
            }
        }
        assertThat(destination(10_000, 40_000)).isEqualTo(exposed(10_000, 40_000));
        assertThat(here.downs).isEmpty();
    }
}
