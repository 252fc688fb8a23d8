package io.sparkefa.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transfer.FetchException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Timeout;

/** One peer and everything that can happen to it, in any order: each user is answered once, and no session is left open. */
@Timeout(60)
class PeerRandomWalkTest {

    private static final PeerAddress PEER = new PeerAddress("1", "host", 7337);
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final PeerSettings SETTINGS =
            new PeerSettings(3 * SECOND, 9 * SECOND, 20 * SECOND, SECOND, 8 * SECOND);
    private static final int STEPS = 400;
    private static final String[][] OFFERS = {{"efa", "sockets"}, {"efa", "sockets"}, {"sockets"}, {"efa"}, {}};

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);
    private final FakePeerFinder finder = new FakePeerFinder("efa", "sockets");
    private final Queue<Runnable> background = new ArrayDeque<>();
    private final List<User> users = new ArrayList<>();
    private long nowNs = random.nextLong();
    private final PeerDirectory directory =
            new PeerDirectory(finder, SETTINGS, background::add, new ShuffleCounters(), () -> nowNs);

    private final class User implements PeerUser {
        private int answers;
        private PeerUse use;

        @Override
        public void onSession(PeerUse got) {
            answers++;
            use = got;
            assertThat(((FakePeerFinder.FakeSession) got.session()).closed)
                    .as("the session is open")
                    .isFalse();
        }

        @Override
        public void onUnavailable(String reason) {
            answers++;
        }
    }

    private <T> T any(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    private void step() {
        switch (random.nextInt(12)) {
            case 0, 1, 2 -> {
                users.add(new User());
                directory.use(PEER, users.get(users.size() - 1));
            }
            case 3, 4, 5 -> runBackground();
            case 6 -> {
                nowNs += random.nextInt(3) * SECOND;
                directory.housekeep();
            }
            case 7 -> lastUnanswered(true);
            case 8 -> lastUnanswered(random.nextBoolean());
            case 9, 10 -> moveOn();
            default -> endUse(any(users));
        }
    }

    private void runBackground() {
        Runnable next = background.poll();
        if (next != null) {
            next.run();
        }
    }

    /** The peer answers the last request for a card, once. */
    private void lastUnanswered(boolean withCard) {
        if (finder.cards.isEmpty()) {
            return;
        }
        PeerFinder.CardReceiver receiver = finder.cards.remove(random.nextInt(finder.cards.size()));
        if (withCard) {
            receiver.onCard(FakePeerFinder.cardOffering(OFFERS[random.nextInt(OFFERS.length)]));
        } else if (random.nextBoolean()) {
            receiver.onNoCard(new IOException("no card"));
        } else {
            receiver.onNoCard(new PeerGoneException("gone"));
        }
    }

    /** A session opens if it has not, or ends. */
    private void moveOn() {
        List<FakePeerFinder.FakeSession> alive =
                finder.sessions.stream().filter(session -> !session.ended).toList();
        if (!alive.isEmpty()) {
            FakePeerFinder.FakeSession session = any(alive);
            if (session.opened || session.closed || random.nextInt(3) == 0) {
                session.end("it ended");
            } else {
                session.open();
            }
        }
    }

    private void endUse(User user) {
        if (user.use != null) {
            if (random.nextInt(3) == 0) {
                user.use.onSessionFailed(new FetchException(FetchException.Reason.TIMEOUT, "nothing came"));
            }
            user.use.close();
        }
    }

    @RepeatedTest(100)
    void everybodyIsAnsweredOnceAndNothingStaysOpen() {
        users.add(new User());
        directory.use(PEER, users.get(0));
        for (int i = 0; i < STEPS; i++) {
            step();
            assertThat(users).as("seed %d, step %d", seed, i).allMatch(user -> user.answers <= 1);
        }
        if (random.nextBoolean()) {
            settle();
        }
        directory.close();
        settle();
        assertThat(users).as("seed %d", seed).allMatch(user -> user.answers == 1);
        assertThat(finder.sessions).as("seed %d", seed).allMatch(session -> session.closed || session.ended);
    }

    /** Time passes, all work is done, and all users end. */
    private void settle() {
        for (int i = 0; i < 40; i++) {
            nowNs += SECOND;
            directory.housekeep();
            while (!background.isEmpty()) {
                runBackground();
            }
        }
        users.forEach(this::endUse);
    }
}
