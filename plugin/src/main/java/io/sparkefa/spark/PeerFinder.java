package io.sparkefa.spark;

import io.sparkefa.transfer.PeerSession;
import io.sparkefa.transfer.SessionListener;
import io.sparkefa.transfer.protocol.Card;
import java.util.List;

/** The two steps that lead to a session with a peer. Called on threads that may block. */
interface PeerFinder {

    /** The transports that this executor has, by name, the preferred one first. Always the same. */
    List<String> transports();

    /** Asks the peer for its card. */
    void requestCard(PeerAddress peer, CardReceiver receiver);

    /** Exactly one of the two methods is called, once, on whatever thread; must not block. */
    interface CardReceiver {

        void onCard(Card card);

        /** @param cause a {@link PeerGoneException} when the executor is no longer alive */
        void onNoCard(Throwable cause);
    }

    /**
     * Begins to open the session that the card offers.
     *
     * @param transport one of {@link #transports} that the card offers too
     * @param listener never called on the calling thread
     */
    PeerSession openSession(PeerAddress peer, Card card, String transport, SessionListener listener);
}
