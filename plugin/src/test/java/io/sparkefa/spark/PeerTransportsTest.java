package io.sparkefa.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.spark.FakePeerFinder.FakeSession;
import io.sparkefa.transfer.FetchException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Which of several transports a peer is reached over: down when one fails, and up again when it works. */
class PeerTransportsTest {

    private static final PeerAddress PEER = new PeerAddress("1", "host", 7337);
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final PeerSettings SETTINGS =
            new PeerSettings(3 * SECOND, 120 * SECOND, 60 * SECOND, SECOND, 100 * SECOND);

    private final FakePeerFinder finder = new FakePeerFinder("efa", "sockets");
    private final ShuffleCounters counters = new ShuffleCounters();
    private long nowNs = Long.MIN_VALUE;
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

        PeerUse use() {
            assertThat(uses).hasSize(1);
            return uses.get(0);
        }

        FakeSession session() {
            return (FakeSession) use().session();
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

    private void card(String... transports) {
        finder.lastCard().onCard(FakePeerFinder.cardOffering(transports));
    }

    /** A user of the session that the first card leads to. */
    private Recorder open(String... transports) {
        Recorder user = use();
        card(transports);
        finder.lastSession().open();
        return user;
    }

    private static void fail(PeerUse use) {
        use.onSessionFailed(new FetchException(FetchException.Reason.SESSION_LOST, "the rail broke"));
    }

    private long demotions() {
        return counters.get(ShuffleCounter.PEERS_DEMOTED);
    }

    private long restorations() {
        return counters.get(ShuffleCounter.PEERS_RESTORED);
    }

    @Test
    void takesTheBestThatBothHave() {
        assertThat(open("sockets", "other", "efa").session().transport).isEqualTo("efa");
        assertThat(demotions()).isZero();
    }

    @Test
    void takesWhatThePeerHasAndAsksForTheBetterOneLater() {
        assertThat(open("sockets").session().transport).isEqualTo("sockets");
        assertThat(finder.cards).as("one card is enough").hasSize(1);
        assertThat(demotions()).isEqualTo(1);

        assertThat(use().session().transport).isEqualTo("sockets");
        assertThat(finder.cards).hasSize(1);
        pass(1);
        assertThat(use().session().transport).isEqualTo("sockets");
        assertThat(finder.cards).hasSize(2);
        card("sockets");
        assertThat(finder.sessions).hasSize(1);
        assertThat(use().session().transport).isEqualTo("sockets");

        pass(2);
        use();
        card("efa", "sockets");
        finder.lastSession().open();
        assertThat(use().session().transport).isEqualTo("efa");
        assertThat(restorations()).isEqualTo(1);
    }

    @Test
    void whoWaitsGetsTheNextTransportWhenTheFirstDoesNotOpen() {
        Recorder waiting = use();
        card("efa", "sockets");
        assertThat(finder.lastSession().transport).isEqualTo("efa");
        finder.lastSession().end("unreachable");

        assertThat(finder.cards).as("a card is good for one session").hasSize(2);
        card("efa", "sockets");
        assertThat(finder.lastSession().transport).isEqualTo("sockets");
        finder.lastSession().open();
        assertThat(waiting.session().transport).isEqualTo("sockets");
        assertThat(waiting.refusals).isEmpty();
        assertThat(demotions()).isEqualTo(1);
    }

    @Test
    void aSessionThatHangsCostsTheConnectTimeoutOnce() {
        Recorder waiting = use();
        card("efa", "sockets");
        pass(2);
        Recorder later = use();
        pass(1);
        assertThat(finder.sessions.get(0).closed).isTrue();
        card("efa", "sockets");
        finder.lastSession().open();

        assertThat(waiting.session().transport).isEqualTo("sockets");
        assertThat(later.session().transport).isEqualTo("sockets");
        finder.sessions.get(0).open();
        assertThat(use().session().transport).as("too late").isEqualTo("sockets");
    }

    @Test
    void goesDownAtOnceWhenASessionFailsInUse() {
        PeerUse failing = open("efa", "sockets").use();
        fail(failing);
        Recorder next = use();
        assertThat(next.refusals).isEmpty();
        card("efa", "sockets");
        finder.lastSession().open();

        assertThat(next.session().transport).isEqualTo("sockets");
        assertThat(finder.sessions.get(0).closed).isFalse();
        failing.close();
        assertThat(finder.sessions.get(0).closed).isTrue();
    }

    @Test
    void comesBackWithoutTakingTheSessionFromItsUsers() {
        fail(open("efa", "sockets").use());
        Recorder overSockets = use();
        card("efa", "sockets");
        finder.lastSession().open();
        FakeSession sockets = finder.lastSession();

        pass(1);
        Recorder meanwhile = use();
        assertThat(meanwhile.session()).as("nobody waits").isSameAs(sockets);
        card("efa", "sockets");
        finder.lastSession().open();

        assertThat(use().session().transport).isEqualTo("efa");
        assertThat(restorations()).isEqualTo(1);
        fail(overSockets.use());
        assertThat(demotions()).as("the session was out of use already").isEqualTo(1);
        overSockets.use().close();
        assertThat(sockets.closed).as("one user is left").isFalse();
        meanwhile.use().close();
        assertThat(sockets.closed).isTrue();
    }

    @Test
    void isLeftAloneLongerEachTimeItFails() {
        fail(open("efa", "sockets").use());
        use();
        card("efa", "sockets");
        finder.lastSession().open();

        for (int failures = 1; failures <= 8; failures++) {
            int cards = finder.cards.size();
            pass(Math.min(1L << (failures - 1), 100) - 1);
            assertThat(use().session().transport).isEqualTo("sockets");
            assertThat(finder.cards).as("asked again too early").hasSize(cards);
            pass(1);
            assertThat(use().session().transport).isEqualTo("sockets");
            assertThat(finder.cards).hasSize(cards + 1);
            card("efa", "sockets");
            finder.lastSession().end("unreachable");
        }
        assertThat(demotions()).isEqualTo(9);
        assertThat(restorations()).isZero();
    }

    @Test
    void whenAllFailItIsSparksOwnClient() {
        Recorder waiting = use();
        card("efa", "sockets");
        finder.lastSession().end("unreachable");
        card("efa", "sockets");
        finder.lastSession().end("refused");

        assertThat(waiting.refusals).containsExactly("its sockets session did not open: refused");
        assertThat(use().refusals).hasSize(1);
        assertThat(finder.cards).hasSize(2);

        pass(1);
        assertThat(use().refusals).as("nobody waits for what failed").hasSize(1);
        card("efa", "sockets");
        finder.lastSession().open();
        assertThat(use().session().transport).isEqualTo("efa");
    }

    @Test
    void aCardThatDoesNotComeIsTheFaultOfNoTransportAlone() {
        Recorder waiting = use();
        finder.lastCard().onNoCard(new IOException("no such block"));

        assertThat(waiting.refusals).containsExactly("it gave no card: no such block");
        assertThat(finder.cards).as("asked once, not once for each transport").hasSize(1);
        assertThat(demotions()).isEqualTo(1);
    }

    @Test
    void aSearchForTheBetterOneDoesNotKeepUsersFromTheOther() {
        fail(open("efa", "sockets").use());
        use();
        card("efa", "sockets");
        finder.lastSession().open();
        pass(1);
        Recorder last = use();
        assertThat(finder.cards).hasSize(3);
        finder.sessions.get(1).end("the peer closed it");
        assertThat(last.session().closed).isFalse();

        pass(2);
        Recorder whileSearching = use();
        assertThat(whileSearching.refusals).as("sockets have failed in use too").hasSize(1);
        finder.cards.get(2).onCard(FakePeerFinder.cardOffering("efa", "sockets"));
        finder.lastSession().open();
        assertThat(use().session().transport).isEqualTo("efa");
    }

    @Test
    void aSearchForTheBetterOneGivesWayWhenTheSessionEndsUnused() {
        fail(open("efa", "sockets").use());
        Recorder overSockets = use();
        card("efa", "sockets");
        finder.lastSession().open();
        pass(1);
        use().use().close();
        overSockets.use().close();
        assertThat(finder.cards).as("efa is being looked for").hasSize(3);
        finder.sessions.get(1).end("the peer closed it");

        Recorder user = use();
        assertThat(finder.cards).hasSize(4);
        card("efa", "sockets");
        finder.lastSession().open();
        assertThat(user.session().transport).isEqualTo("sockets");
        finder.cards.get(2).onCard(FakePeerFinder.cardOffering("efa", "sockets"));
        assertThat(finder.sessions).as("that search was given up").hasSize(3);
    }

    // ---- the end

    @Test
    void closesWhileTheBetterTransportIsTriedAgain() {
        open("sockets");
        pass(2);
        use();
        card("efa", "sockets");
        FakeSession better = finder.lastSession();
        assertThat(better.transport).isEqualTo("efa");

        directory.close();
        directory.close();
        assertThat(finder.sessions).hasSize(2).allMatch(session -> session.closed);
        better.open();
        better.end("too late");
        assertThat(use().refusals).containsExactly("this executor is stopping");
        assertThat(directory.size()).isZero();
    }

    @Test
    void closesWhileAPeerThatFailedIsAskedForItsCardAgain() {
        Recorder first = use();
        card("efa", "sockets");
        finder.lastSession().end("it cannot be reached");
        card("efa", "sockets");
        finder.lastSession().end("nor so");
        assertThat(first.refusals).hasSize(1);
        pass(2);
        Recorder next = use();
        int sessions = finder.sessions.size();

        directory.close();
        card("efa", "sockets");
        assertThat(finder.sessions.subList(sessions, finder.sessions.size())).allMatch(session -> session.closed);
        assertThat(next.uses).isEmpty();
        assertThat(next.refusals).hasSize(1);
        assertThat(use().refusals).containsExactly("this executor is stopping");
    }

    @Test
    void whoWaitsForASessionIsSentAwayOnceWhenTheExecutorStops() {
        Recorder waiting = use();
        card("efa", "sockets");
        FakeSession opening = finder.lastSession();
        directory.close();
        assertThat(opening.closed).isTrue();
        opening.open();
        opening.end("its transport is closed");
        assertThat(waiting.uses).isEmpty();
        assertThat(waiting.refusals).hasSize(1);
    }
}
