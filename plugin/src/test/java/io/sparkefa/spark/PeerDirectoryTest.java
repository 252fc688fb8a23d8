package io.sparkefa.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transfer.FetchException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PeerDirectoryTest {

    private static final PeerAddress PEER = new PeerAddress("1", "host", 7337);
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final PeerSettings SETTINGS =
            new PeerSettings(10 * SECOND, 120 * SECOND, 60 * SECOND, SECOND, 100 * SECOND);

    private final FakePeerFinder finder = new FakePeerFinder("sockets");
    private final ShuffleCounters counters = new ShuffleCounters();
    private long nowNs = Long.MAX_VALUE - 30 * SECOND; // soon wraps around, as System.nanoTime may
    private final PeerDirectory directory = new PeerDirectory(finder, SETTINGS, Runnable::run, counters, () -> nowNs);

    private static final class Recorder implements PeerUser {
        final List<PeerUse> uses = new ArrayList<>();
        final List<String> refusals = new ArrayList<>();

        @Override
        public void onSession(PeerUse use) {
            uses.add(use);
        }

        @Override
        public void onUnavailable(String reason) {
            refusals.add(reason);
        }
    }

    private Recorder use() {
        Recorder user = new Recorder();
        directory.use(PEER, user);
        return user;
    }

    private void pass(long seconds) {
        nowNs += seconds * SECOND;
        directory.housekeep();
    }

    /** A directory in which the peer is reachable, with nobody using it. */
    private FakePeerFinder.FakeSession reach() {
        Recorder user = use();
        finder.lastCard().onCard(FakePeerFinder.CARD);
        finder.lastSession().open();
        user.uses.get(0).close();
        return finder.lastSession();
    }

    @Test
    void allWhoAskWhileThePeerIsSoughtShareItsSession() {
        Recorder first = use();
        Recorder second = use();
        assertThat(finder.cards).hasSize(1);

        finder.lastCard().onCard(FakePeerFinder.CARD);
        assertThat(first.uses).isEmpty();
        finder.lastSession().open();
        Recorder third = use();

        assertThat(finder.sessions).hasSize(1);
        for (Recorder user : List.of(first, second, third)) {
            assertThat(user.refusals).isEmpty();
            assertThat(user.uses).hasSize(1);
            assertThat(user.uses.get(0).session()).isSameAs(finder.lastSession());
        }
        assertThat(counters.get(ShuffleCounter.PEERS_RESTORED)).isZero();
    }

    @Test
    void waitsNoLongerThanTheConnectTimeoutButGoesOnSearching() {
        Recorder early = use();
        pass(9);
        Recorder later = use();
        assertThat(early.refusals).isEmpty();

        pass(1);
        assertThat(early.refusals).containsExactly("it was not found in time");
        assertThat(later.refusals).containsExactly("it was not found in time");
        assertThat(use().refusals).containsExactly("it is still being looked for");

        finder.lastCard().onCard(FakePeerFinder.CARD);
        finder.lastSession().open();
        assertThat(use().uses).hasSize(1);
        assertThat(early.uses).isEmpty();
        assertThat(counters.get(ShuffleCounter.PEERS_DEMOTED)).isZero();
    }

    @Test
    void avoidsAPeerWithoutACardLongerEachTime() {
        Recorder waiting = use();
        finder.lastCard().onNoCard(new IOException("no such block"));
        assertThat(waiting.refusals).containsExactly("it gave no card: no such block");
        assertThat(counters.get(ShuffleCounter.PEERS_DEMOTED)).isEqualTo(1);

        assertThat(use().refusals).hasSize(1);
        assertThat(finder.cards).hasSize(1);

        for (int failures = 1; failures <= 7; failures++) {
            pass(Math.min(1L << (failures - 1), 100) - 1);
            assertThat(use().refusals).hasSize(1);
            assertThat(finder.cards).as("asked again too early").hasSize(failures);

            pass(1);
            assertThat(use().refusals).as("nobody waits for a peer that failed").hasSize(1);
            assertThat(finder.cards).hasSize(failures + 1);
            finder.lastCard().onNoCard(new IOException("no such block"));
        }
        assertThat(counters.get(ShuffleCounter.PEERS_DEMOTED)).isEqualTo(8);
    }

    @Test
    void comesBackToAPeerThatWorksAgain() {
        use();
        finder.lastCard().onNoCard(new IOException("no such block"));
        pass(1);
        use();
        finder.lastCard().onCard(FakePeerFinder.CARD);
        finder.lastSession().open();

        assertThat(use().uses).hasSize(1);
        assertThat(counters.get(ShuffleCounter.PEERS_RESTORED)).isEqualTo(1);
    }

    @Test
    void startsOverWithShortPausesWhenThePeerWorkedForLong() {
        use();
        finder.lastCard().onNoCard(new IOException("first"));
        pass(1);
        use();
        finder.lastCard().onCard(FakePeerFinder.CARD);
        finder.lastSession().open();
        use();
        pass(100);
        finder.lastSession().end("reset");
        assertThat(use().refusals).hasSize(1);

        pass(1);
        use();
        assertThat(finder.cards).hasSize(3);
    }

    @Test
    void aCardThatOffersNothingIsAFailure() {
        Recorder user = use();
        finder.lastCard().onCard(FakePeerFinder.cardOffering("efa"));
        assertThat(user.refusals).containsExactly("its card is of no use: efa is offered, this executor wants sockets");

        pass(1);
        use();
        finder.lastCard().onCard(FakePeerFinder.cardOffering());
        assertThat(use().refusals)
                .containsExactly("its card is of no use: it offers no transport; its own log says why");
    }

    @Test
    void aSessionThatDoesNotOpenInTimeIsClosed() {
        use();
        finder.lastCard().onCard(FakePeerFinder.CARD);
        pass(10);

        assertThat(finder.lastSession().closed).isTrue();
        assertThat(use().refusals).containsExactly("its sockets session did not open: within 10000 ms");

        finder.lastSession().open();
        assertThat(use().uses).as("too late").isEmpty();
    }

    @Test
    void aCardThatNeverComesEndsTheSearch() {
        use();
        pass(120);
        assertThat(counters.get(ShuffleCounter.PEERS_DEMOTED)).isEqualTo(1);

        pass(1);
        use();
        assertThat(finder.cards).hasSize(2);
        finder.cards.get(0).onCard(FakePeerFinder.CARD);
        assertThat(finder.sessions).as("opened for a search that was given up").allMatch(session -> session.closed);
    }

    @Test
    void anExecutorThatIsGoneIsNoFailure() {
        Recorder user = use();
        finder.lastCard().onNoCard(new PeerGoneException("executor 1 is dead"));

        assertThat(user.refusals).containsExactly("executor 1 is dead");
        assertThat(counters.get(ShuffleCounter.PEERS_DEMOTED)).isZero();
        assertThat(use().refusals).hasSize(1);
        assertThat(finder.cards).hasSize(1);
    }

    @Test
    void aSessionThatEndsUnusedIsSoughtAnewAtOnce() {
        reach().end("the peer closed it");

        Recorder user = use();
        assertThat(user.refusals).isEmpty();
        assertThat(finder.cards).hasSize(2);
        assertThat(counters.get(ShuffleCounter.PEERS_DEMOTED)).isZero();
    }

    @Test
    void aSessionThatFailsItsUserIsAvoidedButNotTakenFromOthers() {
        FakePeerFinder.FakeSession session = reach();
        PeerUse failing = use().uses.get(0);
        PeerUse other = use().uses.get(0);

        failing.onSessionFailed(new FetchException(FetchException.Reason.TIMEOUT, "nothing came for 60 s"));
        assertThat(use().refusals).containsExactly("its sockets session failed (TIMEOUT): nothing came for 60 s");
        failing.close();
        failing.close();
        assertThat(session.closed).isFalse();
        other.onSessionFailed(new FetchException(FetchException.Reason.TIMEOUT, "nothing came for 60 s"));
        other.close();

        assertThat(session.closed).isTrue();
        assertThat(counters.get(ShuffleCounter.PEERS_DEMOTED)).isEqualTo(1);
    }

    @Test
    void closesWhatIsIdleAndForgetsWhatIsNotUsed() {
        FakePeerFinder.FakeSession session = reach();
        PeerUse use = use().uses.get(0);
        pass(200);
        assertThat(session.closed).isFalse();

        use.close();
        pass(59);
        assertThat(session.closed).isFalse();
        pass(1);
        assertThat(session.closed).isTrue();
        session.end("closed");
        assertThat(directory.size()).isEqualTo(1);

        pass(100);
        assertThat(directory.size()).isZero();
        assertThat(use().refusals).isEmpty();
        assertThat(finder.cards).hasSize(2);
    }

    @Test
    void closingEndsAllSessionsAndWaits() {
        FakePeerFinder.FakeSession session = reach();
        PeerAddress unknown = new PeerAddress("2", "host", 7338);
        Recorder waiting = new Recorder();
        directory.use(unknown, waiting);

        directory.close();
        directory.close();

        assertThat(session.closed).isTrue();
        assertThat(waiting.refusals).containsExactly("this executor is stopping");
        assertThat(use().refusals).containsExactly("this executor is stopping");
        finder.lastCard().onCard(FakePeerFinder.CARD);
        assertThat(finder.lastSession().closed).isTrue();
    }
}
