package io.sparkefa.spark;

import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transfer.FetchException;
import io.sparkefa.transfer.PeerSession;
import io.sparkefa.transfer.protocol.Card;
import io.sparkefa.transport.TransportException;
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
import org.slf4j.event.Level;

/**
 * One executor that this one reads from. Thread-safe; calls out only when it has let go of its lock.
 *
 * <p>There is at most one session that new users get, and at most one attempt to open another:
 *
 * <pre>
 * no session, some transport sound    the first user starts a search over the sound ones; users wait for it
 * search finds a card                 a session opens over the best transport that the card offers
 * session opens                       those who wait get it, and so do all who come
 * session does not open               its transport is left alone; the search goes on with what is sound
 * session fails in use                its transport is left alone; the next user starts a search over what is sound
 * no session, no transport sound      users go to Spark's own client; when a pause is over, one starts a search
 * session, and a better transport's   users get the session; one starts a search over the better transports, and when
 *   pause is over                       that succeeds, new users get the new session
 * session ends, or is idle, unused    as before the first user
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

    private final Surroundings with;

    // What follows is @GuardedBy("this").
    private final TransportLadder ladder;
    private boolean forgotten;
    private long lastUsedNs;

    /** Not empty only while there is a search, and nothing is open. */
    private final List<PeerUser> waiting = new ArrayList<>();

    /** The session that new users get; an earlier one may still have users, but is not this one. */
    private @Nullable PeerLink inUse;

    private @Nullable PeerLink search;

    Peer(Surroundings with) {
        this.with = with;
        this.ladder = new TransportLadder(with.finder.transports(), with.settings);
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
        PeerLink open = inUse;
        PeerLink searching = search;
        List<String> sound = ladder.sound();
        if (open != null) {
            PeerUse use = open.newUse();
            then.add(() -> user.onSession(use));
            startSearch(address, ladder.betterThan(String.valueOf(open.transport), lastUsedNs), false, then);
        } else if (searching != null && (searching.awaited || sound.isEmpty())) {
            if (searching.awaited && lastUsedNs - searching.stepStartNs < with.settings.connectTimeoutNs()) {
                waiting.add(user);
            } else {
                then.add(() -> user.onUnavailable("it is still being looked for"));
            }
        } else if (sound.isEmpty()) {
            String reason = ladder.lastFailure();
            startSearch(address, ladder.due(lastUsedNs), false, then);
            then.add(() -> user.onUnavailable(reason));
        } else {
            if (searching != null) {
                // It was for something better than the session that has ended meanwhile; now anything sound will do.
                drop(searching, then);
            }
            waiting.add(user);
            startSearch(address, sound, true, then);
        }
    }

    // @GuardedBy("this")
    private void startSearch(PeerAddress address, List<String> transports, boolean awaited, List<Runnable> then) {
        if (transports.isEmpty() || search != null) {
            return;
        }
        PeerLink searching = new PeerLink(this, with, address, transports, awaited);
        search = searching;
        then.add(searching::start);
    }

    // ---- what a search tells

    /** The card has come. False when nothing is to be done with it any more. */
    boolean onCard(PeerLink searching, Card card) {
        change(then -> {
            if (search == searching) {
                choose(searching, card, then);
            }
        });
        return isSearch(searching);
    }

    // @GuardedBy("this")
    private void choose(PeerLink searching, Card card, List<Runnable> then) {
        String chosen = searching.choose(card);
        if (chosen != null) {
            searching.transport = chosen;
            searching.stepStartNs = with.nowNs();
            int tried = searching.candidates.indexOf(chosen);
            leaveAloneUnoffered(searching, searching.candidates.subList(0, tried));
        } else if (PeerLink.offersAny(card, with.finder.transports())) {
            drop(searching, then);
            leaveAloneUnoffered(searching, searching.candidates);
            goOn(searching.address, then);
        } else {
            demote(searching, searching.candidates, "its card is of no use", searching.explainRefusal(card), then);
        }
    }

    // @GuardedBy("this")
    private void leaveAloneUnoffered(PeerLink searching, List<String> transports) {
        if (!transports.isEmpty()) {
            String cause = "it does not offer " + String.join(", ", transports);
            leaveAlone(searching, transports, cause, "its own log says why", Level.INFO);
        }
    }

    /** The session has been asked for, and may have been accepted at once. */
    void onOpening(PeerLink searching, PeerSession session) {
        change(then -> {
            searching.session = session;
            if (search != searching) {
                then.add(session::close);
            } else if (searching.accepted) {
                opened(searching, then);
            }
        });
    }

    void onOpen(PeerLink searching) {
        change(then -> {
            searching.accepted = true;
            if (search == searching && searching.session != null) {
                opened(searching, then);
            }
        });
    }

    void onSearchFailed(PeerLink failed, Throwable failure) {
        change(then -> {
            String transport = failed.transport;
            if (search != failed) {
                LOG.debug("Later than it could be used, the search for {} failed", failed.address, failure);
            } else if (failure instanceof PeerGoneException) {
                LOG.debug("Blocks of {} are left to Spark's own client: {}", failed.address, describe(failure));
                ladder.leaveAlone(describe(failure), with.nowNs() + with.settings.maxRetryNs());
                drop(failed, then);
                goOn(failed.address, then);
            } else if (transport == null) {
                demote(failed, failed.candidates, "it gave no card", describe(failure), then);
            } else {
                demote(failed, List.of(transport), didNotOpen(transport), describe(failure), then);
            }
        });
    }

    // @GuardedBy("this")
    private void opened(PeerLink open, List<Runnable> then) {
        String transport = String.valueOf(open.transport);
        PeerLink earlier = inUse;
        search = null;
        inUse = open;
        if (earlier != null) {
            drop(earlier, then);
        }
        if (ladder.onOpened(transport, with.nowNs())) {
            with.counters.increment(ShuffleCounter.PEERS_RESTORED);
            LOG.info("Blocks of {} come over {} again", open.address, transport);
        } else {
            LOG.debug("A session with {} over {} is open", open.address, transport);
        }
        for (PeerUser user : waiting) {
            PeerUse use = open.newUse();
            then.add(() -> user.onSession(use));
        }
        waiting.clear();
    }

    // ---- what sessions and their users tell

    void onClosed(PeerLink closed, TransportException cause) {
        change(then -> {
            String transport = String.valueOf(closed.transport);
            if (search == closed) {
                demote(closed, List.of(transport), didNotOpen(transport), describe(cause), then);
            } else if (inUse == closed && closed.isUsed()) {
                demote(closed, List.of(transport), "its " + transport + " session ended", describe(cause), then);
            } else if (inUse == closed) {
                LOG.debug("The unused session with {} ended", closed.address, cause);
                drop(closed, then);
            }
        });
    }

    void onSessionFailed(PeerLink failed, FetchException cause) {
        change(then -> {
            String transport = String.valueOf(failed.transport);
            if (inUse == failed) {
                String what = "its " + transport + " session failed (" + cause.reason() + ")";
                demote(failed, List.of(transport), what, describe(cause), then);
            }
        });
    }

    void onUseEnded(PeerLink used) {
        change(then -> {
            used.endUse();
            lastUsedNs = with.nowNs();
            if (inUse != used) {
                closeUnlessUsed(used, then);
            }
        });
    }

    // ---- what follows from failures

    /**
     * Ends a search or a session whose transports are left alone for a while.
     *
     * @param cause names what failed, always with the same words
     */
    // @GuardedBy("this")
    private void demote(PeerLink failed, List<String> transports, String cause, String detail, List<Runnable> then) {
        drop(failed, then);
        leaveAlone(failed, transports, cause, detail, Level.WARN);
        goOn(failed.address, then);
    }

    // @GuardedBy("this")
    private void leaveAlone(PeerLink failed, List<String> transports, String cause, String detail, Level level) {
        long retryNs = ladder.onFailed(transports, cause + ": " + detail, with.nowNs());
        with.counters.increment(ShuffleCounter.PEERS_DEMOTED);
        LOG.atLevel(ladder.isNew(transports, cause) ? level : Level.DEBUG)
                .log(
                        "Blocks of {} {} for the next {} s: {}: {}",
                        failed.address,
                        instead(),
                        TimeUnit.NANOSECONDS.toSeconds(retryNs),
                        cause,
                        detail);
    }

    /** How blocks come for the time being. */
    // @GuardedBy("this")
    private String instead() {
        PeerLink open = inUse;
        List<String> sound = ladder.sound();
        if (open == null && sound.isEmpty()) {
            return "go through Spark's own client";
        }
        return "come over " + (open == null ? sound.get(0) : open.transport);
    }

    /** Looks on for whoever waits still, as long as there is something sound to look for. */
    // @GuardedBy("this")
    private void goOn(PeerAddress address, List<Runnable> then) {
        List<String> sound = ladder.sound();
        if (sound.isEmpty()) {
            sendWaitingAway(ladder.lastFailure(), then);
        } else if (!waiting.isEmpty()) {
            startSearch(address, sound, true, then);
        }
    }

    /** Gets no new users, and its session is closed when it has no more. */
    // @GuardedBy("this")
    private void drop(PeerLink dropped, List<Runnable> then) {
        if (search == dropped) {
            search = null;
        } else if (inUse == dropped) {
            inUse = null;
        }
        closeUnlessUsed(dropped, then);
    }

    private static void closeUnlessUsed(PeerLink link, List<Runnable> then) {
        PeerSession session = link.session;
        if (session != null && !link.isUsed()) {
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

    // ---- time

    /** Ends what has lasted too long. True when this peer is of no use any more and was forgotten. */
    boolean housekeep() {
        return !change(then -> {
            long nowNs = with.nowNs();
            if (search != null) {
                endSearchIfTooLong(search, nowNs, then);
            }
            PeerLink open = inUse;
            if (open != null && !open.isUsed() && nowNs - lastUsedNs >= with.settings.idleTimeoutNs()) {
                drop(open, then);
            } else if (open == null && search == null) {
                long keepNs = Math.max(with.settings.idleTimeoutNs(), with.settings.maxRetryNs());
                forgotten = nowNs - lastUsedNs >= keepNs;
            }
        });
    }

    // @GuardedBy("this")
    private void endSearchIfTooLong(PeerLink searching, long nowNs, List<Runnable> then) {
        PeerSettings settings = with.settings;
        long stepNs = nowNs - searching.stepStartNs;
        String transport = searching.transport;
        if (transport != null) {
            if (stepNs >= settings.connectTimeoutNs()) {
                String limit = "within " + TimeUnit.NANOSECONDS.toMillis(settings.connectTimeoutNs()) + " ms";
                demote(searching, List.of(transport), didNotOpen(transport), limit, then);
            }
            return;
        }
        if (stepNs >= settings.connectTimeoutNs()) {
            sendWaitingAway("it was not found in time", then);
        }
        if (stepNs >= settings.cardTimeoutNs()) {
            String limit = "within " + TimeUnit.NANOSECONDS.toMillis(settings.cardTimeoutNs()) + " ms";
            demote(searching, searching.candidates, "it gave no card", limit, then);
        }
    }

    /** Closes the session, whoever uses it. */
    void close() {
        change(then -> {
            forgotten = true;
            for (PeerLink link : new PeerLink[] {inUse, search}) {
                PeerSession session = link == null ? null : link.session;
                if (session != null) {
                    then.add(session::close);
                }
            }
            inUse = null;
            search = null;
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

    private synchronized boolean isSearch(PeerLink link) {
        return search == link;
    }

    private static String didNotOpen(String transport) {
        return "its " + transport + " session did not open";
    }

    private static String describe(Throwable failure) {
        String message = failure.getMessage();
        return message == null || message.isEmpty() ? failure.getClass().getSimpleName() : message;
    }
}
