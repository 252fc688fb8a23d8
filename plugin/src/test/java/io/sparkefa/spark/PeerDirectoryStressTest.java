package io.sparkefa.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transfer.BlockSink;
import io.sparkefa.transfer.ChannelSink;
import io.sparkefa.transfer.FetchException;
import io.sparkefa.transfer.FetchHandle;
import io.sparkefa.transfer.PeerSession;
import io.sparkefa.transfer.SessionListener;
import io.sparkefa.transfer.protocol.BlockKey;
import io.sparkefa.transfer.protocol.Card;
import io.sparkefa.transport.TransportException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Peers that fail in every way and at every moment, used by many: each user is answered once, and no session is left open. */
class PeerDirectoryStressTest {

    private static final int THREADS = 4;
    private static final int USES_PER_THREAD = 3_000;
    private static final int PEERS = 3;
    private static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);

    private final ExecutorService others = Executors.newFixedThreadPool(3);
    private final Queue<UnreliableSession> sessions = new ConcurrentLinkedQueue<>();
    private final Map<String, AtomicInteger> opened = new ConcurrentHashMap<>();

    private static boolean chance(int outOf) {
        return ThreadLocalRandom.current().nextInt(outOf) == 0;
    }

    private final class UnreliableFinder implements PeerFinder {

        @Override
        public List<String> transports() {
            return List.of("efa", "sockets");
        }

        @Override
        public void requestCard(PeerAddress peer, CardReceiver receiver) {
            if (chance(20)) {
                receiver.onNoCard(new IOException("no card"));
            } else if (chance(20)) {
                receiver.onNoCard(new PeerGoneException("gone"));
            } else if (chance(20)) {
                throw new IllegalStateException("a bug in the finder");
            } else if (!chance(20)) {
                others.execute(() -> receiver.onCard(card()));
            }
        }

        private Card card() {
            if (chance(20)) {
                return FakePeerFinder.cardOffering("other");
            }
            return chance(5) ? FakePeerFinder.CARD : FakePeerFinder.cardOffering("efa", "sockets");
        }

        @Override
        public PeerSession openSession(PeerAddress peer, Card card, String transport, SessionListener listener) {
            if (chance(20)) {
                throw new IllegalStateException("a bug in the transport");
            }
            opened.computeIfAbsent(transport, name -> new AtomicInteger()).incrementAndGet();
            UnreliableSession session = new UnreliableSession(listener);
            sessions.add(session);
            others.execute(session::openOrNot);
            return session;
        }
    }

    private final class UnreliableSession implements PeerSession {

        private final SessionListener listener;
        private final AtomicBoolean closed = new AtomicBoolean();

        UnreliableSession(SessionListener listener) {
            this.listener = listener;
        }

        void openOrNot() {
            if (chance(10)) {
                end();
            } else if (!chance(10)) {
                listener.onOpen();
                if (chance(2)) {
                    others.execute(this::end);
                }
            }
        }

        void end() {
            if (closed.compareAndSet(false, true)) {
                listener.onClosed(new TransportException("the session has ended"));
            }
        }

        @Override
        public FetchHandle fetch(List<BlockKey> blocks, BlockSink sink) {
            throw new UnsupportedOperationException("the directory never fetches");
        }

        @Override
        public FetchHandle fetchToChannels(List<BlockKey> blocks, ChannelSink sink) {
            throw new UnsupportedOperationException("the directory never fetches");
        }

        @Override
        public void close() {
            others.execute(this::end);
        }
    }

    private final class User implements PeerUser {

        private final AtomicInteger answers = new AtomicInteger();

        @Override
        public void onSession(PeerUse use) {
            answers.incrementAndGet();
            others.execute(() -> {
                if (chance(20)) {
                    use.onSessionFailed(new FetchException(FetchException.Reason.TIMEOUT, "nothing came"));
                }
                use.close();
            });
        }

        @Override
        public void onUnavailable(String reason) {
            answers.incrementAndGet();
        }
    }

    @Test
    void everybodyIsAnsweredOnceAndNothingStaysOpen() throws Exception {
        PeerSettings settings =
                new PeerSettings(3 * MILLISECOND, 5 * MILLISECOND, 2 * MILLISECOND, MILLISECOND / 2, 4 * MILLISECOND);
        ShuffleCounters counters = new ShuffleCounters();
        ExecutorService background = Executors.newFixedThreadPool(2);
        PeerDirectory directory =
                new PeerDirectory(new UnreliableFinder(), settings, background, counters, System::nanoTime);
        Queue<User> users = new ConcurrentLinkedQueue<>();
        ExecutorService tasks = Executors.newFixedThreadPool(THREADS + 1);
        AtomicBoolean done = new AtomicBoolean();
        Future<?> housekeeping = tasks.submit(() -> {
            while (!done.get()) {
                directory.housekeep();
                LockSupport.parkNanos(MILLISECOND / 4);
            }
        });
        long seed = new Random().nextLong();
        System.out.println(
                "PeerDirectoryStressTest: seed " + seed + " chooses the peers; the rest is up to the scheduler");
        List<Future<?>> using = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            Random random = new Random(seed + thread);
            using.add(tasks.submit(() -> {
                for (int i = 0; i < USES_PER_THREAD; i++) {
                    User user = new User();
                    users.add(user);
                    int peer = random.nextInt(PEERS);
                    directory.use(new PeerAddress(String.valueOf(peer), "host", 7000 + peer), user);
                    // So that the peers live through many states while they are used.
                    LockSupport.parkNanos(MILLISECOND / 10);
                }
            }));
        }
        for (Future<?> thread : using) {
            thread.get(50, TimeUnit.SECONDS);
        }
        done.set(true);
        housekeeping.get(10, TimeUnit.SECONDS);
        directory.close();
        for (ExecutorService pool : List.of(tasks, background, others)) {
            pool.shutdown();
            assertThat(pool.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
        }

        System.out.println("PeerDirectoryStressTest: sessions " + opened + "; " + counters);
        assertThat(users).hasSize(THREADS * USES_PER_THREAD).allMatch(user -> user.answers.get() == 1);
        assertThat(opened).containsOnlyKeys("efa", "sockets");
        assertThat(sessions).hasSizeGreaterThan(10).allMatch(session -> session.closed.get());
    }
}
