package io.sparkefa.spark;

import io.sparkefa.metrics.ShuffleCounters;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * The executors that this one reads from, and how each can be reached just now. Thread-safe; never calls out under a lock.
 *
 * <p>A peer is looked for when it is first needed, kept while it is used, avoided for a while when it fails, and forgotten
 * when nobody has asked for it for long, so the directory is no larger than the executors in use.
 */
public final class PeerDirectory implements AutoCloseable {

    private final Map<String, Peer> peers = new ConcurrentHashMap<>();
    private final Peer.Surroundings surroundings;
    private volatile boolean closed;

    /**
     * @param background runs what may block
     * @param nanoClock as {@link System#nanoTime}
     */
    PeerDirectory(
            PeerFinder finder,
            PeerSettings settings,
            Executor background,
            ShuffleCounters counters,
            LongSupplier nanoClock) {
        this.surroundings = new Peer.Surroundings(finder, settings, background, counters, nanoClock);
    }

    /** Gets the user a session of the peer: at once, after a bounded wait, or not. Never blocks. */
    public void use(PeerAddress address, PeerUser user) {
        boolean answered = false;
        while (!answered && !closed) {
            answered = peers.computeIfAbsent(address.executorId(), id -> new Peer(surroundings))
                    .use(address, user);
        }
        if (!answered) {
            user.onUnavailable("this executor is stopping");
        } else if (closed) {
            closePeers();
        }
    }

    /** Ends waits, closes idle sessions and forgets peers; to be called every second or so. */
    void housekeep() {
        peers.values().removeIf(Peer::housekeep);
    }

    /** How many peers are known, reachable or not. */
    int size() {
        return peers.size();
    }

    /** Closes all sessions; whoever waits for one is sent away. */
    @Override
    public void close() {
        closed = true;
        closePeers();
    }

    private void closePeers() {
        peers.values().removeIf(peer -> {
            peer.close();
            return true;
        });
    }
}
