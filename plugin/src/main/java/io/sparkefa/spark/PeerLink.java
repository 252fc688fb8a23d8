package io.sparkefa.spark;

import io.sparkefa.transfer.FetchException;
import io.sparkefa.transfer.PeerSession;
import io.sparkefa.transfer.SessionListener;
import io.sparkefa.transfer.protocol.Card;
import io.sparkefa.transport.TransportAddress;
import io.sparkefa.transport.TransportException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to open a session with a peer, and the session that came of it. What happens to it, it tells the {@link Peer},
 * whose lock guards its fields.
 */
final class PeerLink implements SessionListener {

    private final Peer peer;
    private final Peer.Surroundings with;
    final PeerAddress address;
    /** The transports that the attempt is for, the preferred one first. */
    final List<String> candidates;
    /** Whether requests wait for it, as long as there is no reason to expect that it fails. */
    final boolean awaited;
    /** When the card was asked for or, once there is one, the session. */
    long stepStartNs;

    /** The candidate that the card offers; null until it has come. */
    @Nullable
    String transport;

    /** Null until it has been asked for. */
    @Nullable
    PeerSession session;
    /** Whether the peer has accepted the session. */
    boolean accepted;

    private int useCount;

    PeerLink(Peer peer, Peer.Surroundings with, PeerAddress address, List<String> candidates, boolean awaited) {
        this.peer = peer;
        this.with = with;
        this.address = address;
        this.candidates = candidates;
        this.awaited = awaited;
        this.stepStartNs = with.nowNs();
    }

    // ---- the attempt; not under the lock

    void start() {
        inBackground(() -> with.finder().requestCard(address, new PeerFinder.CardReceiver() {
            @Override
            public void onCard(Card card) {
                inBackground(() -> connect(card));
            }

            @Override
            public void onNoCard(Throwable cause) {
                peer.onSearchFailed(PeerLink.this, cause);
            }
        }));
    }

    private void connect(Card card) {
        if (peer.onCard(this, card)) {
            String chosen = Objects.requireNonNull(transport);
            peer.onOpening(this, with.finder().openSession(address, card, chosen, this));
        }
    }

    private void inBackground(Runnable step) {
        try {
            with.background().execute(() -> {
                try {
                    step.run();
                } catch (RuntimeException e) {
                    peer.onSearchFailed(this, e);
                }
            });
        } catch (RejectedExecutionException e) {
            peer.onSearchFailed(this, e);
        }
    }

    @Override
    public void onOpen() {
        peer.onOpen(this);
    }

    @Override
    public void onClosed(TransportException cause) {
        peer.onClosed(this, cause);
    }

    // ---- under the lock

    boolean isUsed() {
        return useCount > 0;
    }

    /** The best candidate among the transports that the card offers; null when there is none. */
    @Nullable
    String choose(Card card) {
        return candidates.stream()
                .filter(candidate -> offersAny(card, List.of(candidate)))
                .findFirst()
                .orElse(null);
    }

    static boolean offersAny(Card card, List<String> transports) {
        return card.transports().stream().anyMatch(offered -> transports.contains(offered.transport()));
    }

    /** Why nothing on the card can be used. */
    String explainRefusal(Card card) {
        return card.transports().isEmpty()
                ? "it offers no transport; its own log says why"
                : card.transports().stream().map(TransportAddress::transport).collect(Collectors.joining(", "))
                        + " is offered, this executor wants "
                        + String.join(", ", candidates);
    }

    /** One more user of the session, which is open. */
    PeerUse newUse() {
        PeerSession open = session;
        if (open == null) {
            throw new IllegalStateException("no session with " + address + " is open");
        }
        useCount++;
        return new Use(open);
    }

    /** Called once for each use, under the peer's lock. */
    void endUse() {
        useCount--;
    }

    private final class Use implements PeerUse {

        private final PeerSession used;
        private boolean closed; // @GuardedBy("peer")

        Use(PeerSession used) {
            this.used = used;
        }

        @Override
        public PeerSession session() {
            return used;
        }

        @Override
        public void onSessionFailed(FetchException cause) {
            peer.onSessionFailed(PeerLink.this, cause);
        }

        @Override
        public void close() {
            synchronized (peer) {
                if (closed) {
                    return;
                }
                closed = true;
            }
            peer.onUseEnded(PeerLink.this);
        }
    }
}
