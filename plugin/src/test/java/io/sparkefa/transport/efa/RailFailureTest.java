package io.sparkefa.transport.efa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkefa.fabric.EventError;
import io.sparkefa.transport.Await;
import io.sparkefa.transport.efa.fake.FakeEndpoint;
import io.sparkefa.transport.efa.fake.FakeFabric;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What goes wrong below a rail, and what becomes of its operations, its peers and its memory. */
@Timeout(60)
class RailFailureTest {

    private static final byte[] MESSAGE = RailContractTest.bytes(1, 100);

    private final FakeFabric fabric = new FakeFabric(3);
    private final List<TestRail> rails = new ArrayList<>();
    private TestRail here;
    private TestRail there;
    private long peer;

    @BeforeEach
    void open() throws IOException {
        here = newRail("here");
        there = newRail("there");
        peer = here.insert(there);
    }

    @AfterEach
    void close() {
        rails.forEach(TestRail::close);
        fabric.verifyAllClosed();
    }

    private TestRail newRail(String host) throws IOException {
        TestRail rail = new TestRail(fabric.host(host, 1), TestRail.settings("efa"));
        rails.add(rail);
        return rail;
    }

    private static FakeEndpoint endpoint(FakeFabric fabric, TestRail of) {
        return fabric.endpoint(of.address());
    }

    private FakeEndpoint endpoint(TestRail of) {
        return endpoint(fabric, of);
    }

    // ---- peers

    @Test
    void aPeerThatDiedFailsItsOperationsOnly() throws IOException {
        TestRail third = newRail("third");
        long alive = here.insert(third);
        endpoint(there).kill();
        assertThat(here.send(peer, MESSAGE).awaitFailure().kind()).isEqualTo(RailFailure.Kind.PEER_GONE);
        RailFailure failure = here.read(peer, there, 0, 5000).awaitFailure();
        assertThat(failure.kind()).isEqualTo(RailFailure.Kind.PEER_GONE);
        assertThat(failure.cause()).hasMessageContaining("fi_read of 5000 bytes over rail 0 (fake0)");
        here.read(alive, third, 0, 5000).awaitDone();
        assertThat(here.downs).isEmpty();
    }

    @Test
    void aWrongKeyFailsThatReadOnly() {
        long address = there.exposed.remoteAddress(0, 0);
        long key = there.exposed.key(0);
        assertThat(here.read(peer, address, key + 1, 0, 10).awaitFailure().kind())
                .isEqualTo(RailFailure.Kind.BAD_KEY);
        assertThat(here.read(peer, address + TestRail.MEMORY_BYTES - 5, key, 0, 10)
                        .awaitFailure()
                        .kind())
                .isEqualTo(RailFailure.Kind.BAD_KEY);
        here.read(peer, address, key, 0, 10).awaitDone();
    }

    @Test
    void aHostThatCannotBeReachedPointsToTheSecurityGroup() {
        fabric.change(behaviour -> {
            behaviour.errorPerMille = 1000;
            behaviour.errorCode = 113;
            behaviour.errorProviderError = 15;
        });
        RailFailure failure = here.send(peer, MESSAGE).awaitFailure();
        assertThat(failure.kind()).isEqualTo(RailFailure.Kind.UNREACHABLE);
        assertThat(failure.cause()).hasMessageContaining("security group").hasMessageContaining("outbound");
    }

    @Test
    void aPeerThatHasStoppedHoldsUpNobodyElse() throws IOException {
        TestRail third = newRail("third");
        long alive = here.insert(third);
        RailContractTest.fill(third, 5);
        endpoint(there).silence(true);
        List<Ending> stuck = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            stuck.add(here.send(peer, MESSAGE));
            stuck.add(here.read(peer, there, i, 1));
        }
        for (int i = 0; i < 100; i++) {
            here.send(alive, MESSAGE).awaitDone();
            here.read(alive, third, 1000, 1000).awaitDone();
        }
        assertThat(stuck).noneMatch(Ending::isOver);
        assertThat(here.rail.readsOutstanding()).isEqualTo(100);

        here.runOnRail(() -> here.rail.rebuild("a peer is gone and does not say so"));
        for (Ending ending : stuck) {
            RailFailure failure = ending.awaitFailure();
            assertThat(failure.kind()).isEqualTo(RailFailure.Kind.RAIL_DOWN);
            assertThat(failure.cause()).hasMessageContaining("a peer is gone and does not say so");
        }
        assertThat(here.rail.readsOutstanding()).isZero();
        Await.until("the rail to be up again", () -> here.ups.get() == 1);
        here.read(alive, third, 2000, 1000).awaitDone();
    }

    @Test
    void aPeerThatWakesUpInTimeGetsEverything() {
        endpoint(there).silence(true);
        List<Ending> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            all.add(here.send(peer, MESSAGE));
            all.add(here.read(peer, there, i, 1));
        }
        here.runOnRail(() -> {});
        endpoint(there).silence(false);
        all.forEach(Ending::awaitDone);
        Await.until("all messages", () -> there.messages.size() == 100);
    }

    @Test
    void anAddressThatIsNoneIsRefused() {
        assertThatThrownBy(() -> here.onRail(() -> here.rail.insertPeer(new byte[5])))
                .hasMessageContaining("does not take the address of a peer (5 bytes)");
        here.send(peer, MESSAGE).awaitDone();
    }

    @Test
    void peersThatAreGoneLeaveTheAddressVectorInTheEnd() {
        endpoint(there).kill();
        here.send(peer, MESSAGE).awaitFailure();
        here.runOnRail(() -> here.rail.releasePeer(peer));
        assertThat(endpoint(here).knownPeers()).isEqualTo(1);
        here.aheadNs.addAndGet(Duration.ofSeconds(31).toNanos());
        Await.until("the peer to be removed", () -> endpoint(here).knownPeers() == 0);
    }

    // ---- the endpoint

    @Test
    void theProvidersOwnErrorRebuildsTheRail() {
        byte[] before = here.address();
        endpoint(there).silence(true);
        Ending stuck = here.read(peer, there, 0, 10);
        endpoint(here).report(new EventError(5, 4112, "internal receive buffers"));
        assertThat(stuck.awaitFailure().kind()).isEqualTo(RailFailure.Kind.RAIL_DOWN);
        Await.until("the rail to be up again", () -> here.ups.get() == 1);
        assertThat(here.downs).singleElement().asString().contains("internal receive buffers");
        assertThat(here.address()).isNotEqualTo(before);
        endpoint(there).silence(false);
        here.read(peer, there, 0, 10).awaitDone();
    }

    @Test
    void anErrorThatAPeerCausedDoesNot() {
        long ticks = here.ticks.get();
        // A wrong key, and a reader that died, where libfabric emulates remote reads.
        endpoint(here).report(new EventError(22, 4111, "RMA address verification failed"));
        endpoint(here).report(new EventError(107, 9, "no such queue pair"));
        Await.until("the events to be seen", () -> here.ticks.get() > ticks + 1);
        assertThat(here.downs).isEmpty();
    }

    @Test
    void aCompletionQueueThatBreaksRebuildsTheRail() {
        endpoint(here).breakCompletionQueue();
        Await.until("the rail to be up again", () -> here.ups.get() == 1);
        here.send(peer, MESSAGE).awaitDone();
    }

    @Test
    void anEndpointThatFlushesRebuildsTheRail() {
        endpoint(there).silence(true);
        Ending stuck = here.read(peer, there, 0, 10);
        Await.until("the read to be posted", () -> endpoint(here).operationsInFlight() == 1);
        endpoint(here).flush();
        assertThat(stuck.awaitFailure().kind()).isEqualTo(RailFailure.Kind.RAIL_DOWN);
        Await.until("the rail to be up again", () -> here.ups.get() == 1);
        endpoint(there).silence(false);
        here.send(peer, MESSAGE).awaitDone();
    }

    @Test
    void aMessageThatCouldNotBeReceivedCostsNoBuffer() {
        for (int i = 0; i < 20; i++) {
            endpoint(there).failReceive(265, 0);
        }
        Await.until("all buffers to be posted", () -> endpoint(there).postedReceives() == 32);
        here.send(peer, MESSAGE).awaitDone();
        Await.until("a message", () -> there.messages.size() == 1);
        assertThat(there.downs).isEmpty();
    }

    @Test
    void completionsOutOfNowhereAreIgnored() {
        endpoint(there).silence(true);
        Ending stuck = here.read(peer, there, 0, 10);
        Await.until("the read to be posted", () -> endpoint(here).operationsInFlight() == 1);
        for (long context : new long[] {-1, 1L << 62 | 7, 1L << 62, 9999, Long.MIN_VALUE}) {
            endpoint(here).completeUnknown(context);
        }
        here.runOnRail(() -> {});
        assertThat(stuck.isOver()).isFalse();
        endpoint(there).silence(false);
        stuck.awaitDone();
    }

    @Test
    void aRailThatBreaksAgainAndAgainStaysDownForAWhile() {
        for (int i = 1; i <= 3; i++) {
            // More than the pause between attempts.
            here.aheadNs.addAndGet(Duration.ofSeconds(2).toNanos());
            endpoint(here).breakCompletionQueue();
            int ups = i;
            Await.until("the rail to be up again", () -> here.ups.get() == ups);
        }
        here.aheadNs.addAndGet(Duration.ofSeconds(2).toNanos());
        endpoint(here).breakCompletionQueue();
        Await.until("the rail to be down", () -> here.downs.size() == 4);
        here.aheadNs.addAndGet(Duration.ofSeconds(300).toNanos());
        long ticks = here.ticks.get();
        Await.until("some time to pass", () -> here.ticks.get() > ticks + 2);
        assertThat(here.rail.address()).isEmpty();
        assertThat(here.send(peer, MESSAGE).awaitFailure().kind()).isEqualTo(RailFailure.Kind.RAIL_DOWN);
        assertThat(here.read(peer, there, 0, 10).awaitFailure().kind()).isEqualTo(RailFailure.Kind.RAIL_DOWN);
        assertThatThrownBy(() -> here.insert(there)).hasMessageContaining("rail 0 (fake0) is down");

        here.aheadNs.addAndGet(Duration.ofSeconds(300).toNanos());
        Await.until("the rail to be up again", () -> here.ups.get() == 4);
        here.send(peer, MESSAGE).awaitDone();
    }

    @Test
    void aRailThatCannotBeOpenedAtOnceIsTriedAgain() {
        fabric.change(behaviour -> behaviour.failingOpens = 1);
        here.runOnRail(() -> here.rail.rebuild("a test wants it"));
        Await.until("the rail to be up again", () -> here.ups.get() == 1);
        assertThat(here.downs).hasSize(1);
        here.send(peer, MESSAGE).awaitDone();
    }

    @Test
    void aRailThatCannotBeOpenedAtAllSaysSo() {
        fabric.change(behaviour -> behaviour.failingOpens = 1);
        assertThatThrownBy(() -> newRail("third"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("rail 0 (fake0) could not be opened: fi_endpoint failed");
    }

    @Test
    void callbacksThatThrowHurtNobody() {
        there.onMessage = message -> {
            throw new IllegalStateException("a listener that fails on purpose");
        };
        for (int i = 0; i < 50; i++) {
            here.send(peer, MESSAGE).awaitDone();
        }
        Await.until("all messages", () -> there.messages.size() == 50);
        here.rail.execute(() -> here.rail.send(peer, java.nio.ByteBuffer.wrap(MESSAGE), new Rail.Operation() {
            @Override
            public void onDone() {
                throw new IllegalStateException("an operation that fails on purpose");
            }

            @Override
            public void onFailed(RailFailure failure) {
                throw new IllegalStateException("an operation that fails on purpose");
            }
        }));
        here.send(peer, MESSAGE).awaitDone();
        assertThat(here.downs).isEmpty();
    }

    @Test
    void badArgumentsAreRefusedAtOnce() {
        assertThatThrownBy(() -> here.runOnRail(
                        () -> here.rail.send(peer, java.nio.ByteBuffer.allocate(4097), new Ending(here.rail))))
                .hasRootCauseInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a message of 4097 bytes is longer than 4096");
        assertThatThrownBy(() -> here.runOnRail(() -> here.rail.read(
                        peer, 0, 0, here.destination, TestRail.MEMORY_BYTES - 5, 10, new Ending(here.rail))))
                .hasMessageContaining("a read of 10 bytes to offset");
        assertThatThrownBy(() -> here.runOnRail(
                        () -> here.rail.send(peer + 1, java.nio.ByteBuffer.allocate(1), new Ending(here.rail))))
                .hasMessageContaining("no peer");
    }
}
