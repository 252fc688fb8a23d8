package io.sparkefa.transport.efa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkefa.transport.Await;
import io.sparkefa.transport.efa.fake.FakeEndpoint;
import io.sparkefa.transport.efa.fake.FakeFabric;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An endpoint that cannot be closed may write for as long as the process lives: what it may write to is never freed. */
@Timeout(60)
class LostMemoryTest {

    private final FakeFabric fabric = new FakeFabric(4);
    private final CountDownLatch neverInTime = new CountDownLatch(1);
    private TestRail here;
    private TestRail there;
    private long peer;

    @BeforeEach
    void open() throws IOException {
        here = new TestRail(fabric.host("here", 1), TestRail.settings("efa"));
        there = new TestRail(fabric.host("there", 1), TestRail.settings("efa"));
        peer = here.insert(there);
        fabric.endpoint(here.address()).holdClose(neverInTime);
        fabric.endpoint(there.address()).silence(true);
    }

    @AfterEach
    void letGo() {
        neverInTime.countDown();
        there.close();
        fabric.verify();
    }

    @Test
    void aRailWhoseEndpointCannotBeClosedIsDownForGood() {
        List<Ending> reads = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            reads.add(here.read(peer, there, i, 1));
        }
        Ending send = here.send(peer, new byte[10]);
        FakeEndpoint endpoint = fabric.endpoint(here.address());
        Await.until("reads to be posted", () -> endpoint.operationsInFlight() > 1);
        int readsPosted = endpoint.operationsInFlight() - 1;

        here.runOnRail(() -> here.rail.rebuild("a test wants it"));

        assertThat(send.awaitFailure().isMemoryLost()).isFalse();
        assertThat(reads.stream()
                        .map(Ending::awaitFailure)
                        .filter(RailFailure::isMemoryLost)
                        .count())
                .isEqualTo(readsPosted);
        Await.until("the rail to be down", () -> here.downs.size() == 1);
        assertThat(here.rail.address()).isEmpty();
        assertThat(here.send(peer, new byte[10]).awaitFailure().kind()).isEqualTo(RailFailure.Kind.RAIL_DOWN);
        assertThat(here.ups).hasValue(0);

        here.close();
        assertThat(fabric.open()).anyMatch(open -> open.contains("4194304 bytes of memory at here"));
        assertThatThrownBy(() ->
                        new Rail(0, here.devices.device(0), TestRail.settings("efa"), here, System::nanoTime).start())
                .hasMessageContaining("its last endpoint could not be closed");
    }

    @Test
    void closingARailWhoseEndpointCannotBeClosedTakesBoundedTime() {
        Ending read = here.read(peer, there, 0, 1);
        Await.until(
                "the read to be posted", () -> fabric.endpoint(here.address()).operationsInFlight() == 1);
        long startNs = System.nanoTime();
        here.close();
        assertThat(System.nanoTime() - startNs).isLessThan(12_000_000_000L);
        assertThat(read.awaitFailure().isMemoryLost()).isTrue();
        assertThat(fabric.open()).anyMatch(open -> open.contains("4194304 bytes of memory at here"));
    }
}
