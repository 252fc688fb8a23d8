package io.sparkefa.spark;

import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transfer.FetchException;
import io.sparkefa.transfer.PeerSession;
import io.sparkefa.transfer.SessionListener;
import io.sparkefa.transfer.protocol.Card;
import io.sparkefa.transport.TransportException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One executor that this one reads from. Thread-safe; calls out only when it has let go of its lock.
 *
 * <pre>
 * UNKNOWN   -- needed -->                    SEARCHING  asks for the card, then opens the session that it offers
 * SEARCHING -- session open -->              OPEN
 * SEARCHING -- no card, no session -->       AVOIDED    requests go to Spark's own client
 * OPEN      -- session fails in use -->      AVOIDED
 * OPEN      -- session ends, or is idle -->  UNKNOWN
 * AVOIDED   -- needed, after a while -->     SEARCHING  but requests go on to Spark's own client, none waits
 * </pre>
 */
final class Peer {

    private static final Logger LOG = LoggerFactory.getLogger(Peer.class);

    /** What all peers of a directory share. */
    record Surroundings(
            PeerFinder finder,
            PeerSettings settings,
            Executor background,
            ShuffleCounters counters,
            LongSupplier nanoClock) {

        long nowNs() {
            return nanoClock.getAsLong();
        }
    }

    private enum State {
        UNKNOWN,
        SEARCHING,
        OPEN,
        AVOIDED
    }

    private final Surroundings with;

    // What follows is @GuardedBy("this").
    private State state = State.UNKNOWN;
    private boolean forgotten;
    private long lastUsedNs;
    private final List<PeerUser> waiting = new ArrayList<>();

    /** The session in use or being looked for; an earlier one that failed may still have users, but is not this one. */
    private @Nullable Link link;

    private final FailureHistory failures;
    private long avoidUntilNs;
    private String avoidReason = "";

    Peer(Surroundings with) {
        this.with = with;
        this.failures = new FailureHistory(with.settings);
        this.lastUsedNs = with.nowNs();
    }

    /** As {@link PeerDirectory#use}. False when this peer has just been forgotten and the directory has to make a new one. */
    boolean use(PeerAddress address, PeerUser user) {
        return change(then -> {
            if (!forgotten) {
                lastUsedNs = with.nowNs();
                answer(address, user, then);
            }
        });
    }

    // @GuardedBy("this")
    private void answer(PeerAddress address, PeerUser user, List<Runnable> then) {
        Link current = link;
        if (current != null && state == State.OPEN) {
            PeerUse use = current.newUse();
            then.add(() -> user.onSession(use));
        } else if (current != null) {
            if (current.awaited && lastUsedNs - current.searchStartNs < with.settings.connectTimeoutNs()) {
                waiting.add(user);
            } else {
                then.add(() -> user.onUnavailable("it is still being looked for"));
            }
        } else if (state == State.AVOIDED) {
            String reason = avoidReason;
            if (lastUsedNs - avoidUntilNs >= 0) {
                search(address, then);
            }
            then.add(() -> user.onUnavailable(reason));
        } else {
            waiting.add(user);
            search(address, then);
        }
    }

    // @GuardedBy("this")
    private void search(PeerAddress address, List<Runnable> then) {
        Link searching = new Link(address, lastUsedNs, state == State.UNKNOWN);
        link = searching;
        state = State.SEARCHING;
        then.add(() -> searching.inBackground(searching::requestCard));
    }

    // @GuardedBy("this")
    private void opened(Link open, List<Runnable> then) {
        state = State.OPEN;
        if (failures.onOpened(with.nowNs())) {
            with.counters.increment(ShuffleCounter.PEERS_RESTORED);
            LOG.info("Blocks of {} come over the plugin's transports again", open.address);
        } else {
            LOG.debug("A session with {} is open", open.address);
        }
        for (PeerUser user : waiting) {
            PeerUse use = open.newUse();
            then.add(() -> user.onSession(use));
        }
        waiting.clear();
    }

    /**
     * Leaves the peer to Spark's own client for a while.
     *
     * @param cause names what failed, always with the same words
     */
    // @GuardedBy("this")
    private void demote(Link failed, String cause, String detail, List<Runnable> then) {
        long nowNs = with.nowNs();
        long retryNs = failures.onFailed(nowNs);
        avoid(failed, cause + ": " + detail, nowNs + retryNs, then);
        with.counters.increment(ShuffleCounter.PEERS_DEMOTED);
        String message = "Blocks of {} go through Spark's own client for the next {} s: {}: {}";
        if (failures.isNew(cause)) {
            LOG.warn(message, failed.address, TimeUnit.NANOSECONDS.toSeconds(retryNs), cause, detail);
        } else {
            LOG.debug(message, failed.address, TimeUnit.NANOSECONDS.toSeconds(retryNs), cause, detail);
        }
    }

    // @GuardedBy("this")
    private void avoid(Link failed, String reason, long untilNs, List<Runnable> then) {
        state = State.AVOIDED;
        avoidReason = reason;
        avoidUntilNs = untilNs;
        drop(failed, then);
        sendWaitingAway(reason, then);
    }

    /** The session gets no new users and is closed when it has no more. */
    // @GuardedBy("this")
    private void drop(Link dropped, List<Runnable> then) {
        link = null;
        PeerSession session = dropped.session;
        if (session != null && dropped.useCount == 0) {
            then.add(session::close);
        }
    }

    // @GuardedBy("this")
    private void sendWaitingAway(String reason, List<Runnable> then) {
        for (PeerUser user : waiting) {
            then.add(() -> sendAway(user, reason));
        }
        waiting.clear();
    }

    private void sendAway(PeerUser user, String reason) {
        try {
            with.background.execute(() -> user.onUnavailable(reason));
        } catch (RejectedExecutionException stopping) {
            user.onUnavailable(reason);
        }
    }

    /** Ends what has lasted too long. True when this peer is of no use any more and was forgotten. */
    boolean housekeep() {
        return !change(then -> {
            PeerSettings settings = with.settings;
            long nowNs = with.nowNs();
            Link current = link;
            if (current != null && state == State.SEARCHING) {
                if (nowNs - current.searchStartNs >= settings.connectTimeoutNs()) {
                    sendWaitingAway("it was not found in time", then);
                }
                if (current.connecting && nowNs - current.connectStartNs >= settings.connectTimeoutNs()) {
                    String limit = TimeUnit.NANOSECONDS.toMillis(settings.connectTimeoutNs()) + " ms";
                    demote(current, "its session did not open", "within " + limit, then);
                } else if (!current.connecting && nowNs - current.searchStartNs >= settings.cardTimeoutNs()) {
                    String limit = TimeUnit.NANOSECONDS.toMillis(settings.cardTimeoutNs()) + " ms";
                    demote(current, "it gave no card", "within " + limit, then);
                }
            } else if (current != null && current.useCount == 0 && nowNs - lastUsedNs >= settings.idleTimeoutNs()) {
                state = State.UNKNOWN;
                drop(current, then);
            } else if (current == null) {
                long keepNs = Math.max(settings.idleTimeoutNs(), settings.maxRetryNs());
                forgotten = nowNs - lastUsedNs >= keepNs;
            }
        });
    }

    /** Closes the session, whoever uses it. */
    void close() {
        change(then -> {
            forgotten = true;
            Link current = link;
            link = null;
            PeerSession session = current == null ? null : current.session;
            if (session != null) {
                then.add(session::close);
            }
            sendWaitingAway("this executor is stopping", then);
        });
    }

    /**
     * Changes the state under the lock and then does, without it, what follows from the change.
     *
     * @return whether this peer is still known afterwards
     */
    private boolean change(Consumer<List<Runnable>> change) {
        List<Runnable> then = new ArrayList<>(2);
        boolean known;
        synchronized (this) {
            change.accept(then);
            known = !forgotten;
        }
        then.forEach(Runnable::run);
        return known;
    }

    /** One attempt to reach the peer, and the session that came of it. Its fields are guarded by the peer's lock. */
    private final class Link implements SessionListener {

        final PeerAddress address;
        final long searchStartNs;
        final boolean awaited;
        boolean connecting;
        long connectStartNs;
        boolean accepted;

        @Nullable
        PeerSession session;

        int useCount;

        /** @param awaited whether requests wait for this attempt, as long as there is no reason to expect that it fails */
        Link(PeerAddress address, long searchStartNs, boolean awaited) {
            this.address = address;
            this.searchStartNs = searchStartNs;
            this.awaited = awaited;
        }

        boolean isCurrent() {
            return link == this;
        }

        void inBackground(Runnable step) {
            try {
                with.background.execute(() -> {
                    try {
                        step.run();
                    } catch (RuntimeException e) {
                        onSearchFailed(e);
                    }
                });
            } catch (RejectedExecutionException e) {
                onSearchFailed(e);
            }
        }

        void requestCard() {
            with.finder.requestCard(address, new PeerFinder.CardReceiver() {
                @Override
                public void onCard(Card card) {
                    inBackground(() -> connect(card));
                }

                @Override
                public void onNoCard(Throwable cause) {
                    onSearchFailed(cause);
                }
            });
        }

        private void connect(Card card) {
            synchronized (Peer.this) {
                if (!isCurrent()) {
                    return;
                }
                connecting = true;
                connectStartNs = with.nowNs();
            }
            PeerSession opening;
            try {
                opening = with.finder.openSession(address, card, this);
            } catch (IOException e) {
                onSearchFailed(e);
                return;
            }
            change(then -> {
                session = opening;
                if (!isCurrent()) {
                    then.add(opening::close);
                } else if (accepted) {
                    opened(this, then);
                }
            });
        }

        private void onSearchFailed(Throwable failure) {
            change(then -> {
                if (!isCurrent()) {
                    LOG.debug("Later than it could be used, the search for {} failed", address, failure);
                } else if (failure instanceof PeerGoneException) {
                    LOG.debug("Blocks of {} are left to Spark's own client: {}", address, describe(failure));
                    avoid(this, describe(failure), with.nowNs() + with.settings.maxRetryNs(), then);
                } else {
                    demote(this, connecting ? "its card is of no use" : "it gave no card", describe(failure), then);
                }
            });
        }

        @Override
        public void onOpen() {
            change(then -> {
                accepted = true;
                if (isCurrent() && session != null) {
                    opened(this, then);
                }
            });
        }

        @Override
        public void onClosed(TransportException cause) {
            change(then -> {
                if (!isCurrent()) {
                    return;
                }
                if (state == State.SEARCHING) {
                    demote(this, "its session did not open", describe(cause), then);
                } else if (useCount > 0) {
                    demote(this, "its session ended", describe(cause), then);
                } else {
                    LOG.debug("The unused session with {} ended", address, cause);
                    state = State.UNKNOWN;
                    drop(this, then);
                }
            });
        }

        PeerUse newUse() {
            useCount++;
            PeerSession used = session;
            if (used == null) {
                throw new IllegalStateException("no session with " + address + " is open");
            }
            return new Use(this, used);
        }
    }

    private final class Use implements PeerUse {

        private final Link of;
        private final PeerSession session;
        private boolean closed; // @GuardedBy("Peer.this")

        Use(Link of, PeerSession session) {
            this.of = of;
            this.session = session;
        }

        @Override
        public PeerSession session() {
            return session;
        }

        @Override
        public void onSessionFailed(FetchException cause) {
            change(then -> {
                if (of.isCurrent()) {
                    demote(of, "its session failed (" + cause.reason() + ")", describe(cause), then);
                }
            });
        }

        @Override
        public void close() {
            change(then -> {
                if (closed) {
                    return;
                }
                closed = true;
                of.useCount--;
                lastUsedNs = with.nowNs();
                if (of.useCount == 0 && !of.isCurrent()) {
                    then.add(session::close);
                }
            });
        }
    }

    private static String describe(Throwable failure) {
        String message = failure.getMessage();
        return message == null || message.isEmpty() ? failure.getClass().getSimpleName() : message;
    }
}
